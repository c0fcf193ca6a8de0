import type { Answer } from './types.js';
import type { Header } from './answer.js';

/** A request to the API, as a transport knows it. */
export interface Call {
  readonly safe: boolean;
  /** Sends it once more, past the watch: safe requests only. null: nobody knows how. */
  readonly repeat: ((signal: AbortSignal) => Promise<Response>) | null;
}

/** What the transports tell, and ask. */
export interface Observer {
  /** The absolute address if it is the API's, else nothing. */
  resolve(url: string): string | undefined;
  /** Whether a request may be kept and made again later. */
  mayHold(safe: boolean, request: () => Request): boolean;
  /** Whether a request has to wait, were it made now. */
  mustWait(safe: boolean): boolean;
  /** Until it need not any more. Rejects with the signal's reason. */
  wait(safe: boolean, signal?: AbortSignal | null): Promise<void>;
  /** A response came. The body is wanted with status 503 alone. */
  saw(call: Call, status: number, header: Header, body?: unknown): Answer | null;
  /** None came: the network failed, or the browser hides the answer. */
  lost(call: Call): void;
}

export const isSafe = (method: string): boolean => /^(GET|HEAD)$/i.test(method);
