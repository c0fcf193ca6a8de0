/** Why an answer is being given. */
export type Reason = 'maintenance' | 'read-only' | 'failure';

/**
 * What the API is like.
 *
 * `announced`: open, and a window is planned within `announce`. `read-only`: writes are refused, reads pass. `failure`: it is down
 * and nobody announced it. `recovered`: it was down and has answered again; `open` or `announced` follows in the same turn.
 */
export type State = 'open' | 'announced' | 'maintenance' | 'read-only' | 'failure' | 'recovered';

/** Texts by language tag. */
export type Texts = Readonly<Record<string, Readonly<{ title: string; message: string }>>>;

/** What understudy said in the API's place. */
export interface Answer {
  readonly reason: Reason;
  readonly status: number;
  /** In the language that the server chose by Accept-Language; empty where only the headers could be read. */
  readonly title: string;
  readonly message: string;
  /** Of `title` and `message`; empty where it could not be read. */
  readonly language: string;
  /** For those who choose the language themselves; empty where the body could not be read. */
  readonly texts: Texts;
  readonly since: Date | null;
  readonly until: Date | null;
  /** In seconds; the header's, which carries a random share, before the body's. */
  readonly retryAfter: number;
}

/** A window that is planned. */
export interface PlannedWindow {
  readonly mode: 'read-only' | 'maintenance';
  readonly start: Date;
  readonly end: Date;
  readonly texts: Texts;
}

/** What is known now. Never changes; the same object until something does. */
export interface Snapshot {
  readonly state: State;
  readonly answer: Answer | null;
  readonly window: PlannedWindow | null;
  /** When the API is asked next; null where nothing is planned (open, hidden tab, offline, another tab asks). */
  readonly nextAttempt: Date | null;
  /** It is being asked right now. */
  readonly asking: boolean;
}

export interface Options {
  /** Origins or URL prefixes of the API. */
  api: string | URL | readonly (string | URL)[];
  /** Watch `globalThis.fetch` and `XMLHttpRequest`, until `stop()`. Default true; else use `watch.fetch` and `watch.XMLHttpRequest`. */
  patch?: boolean;
  /** Where the state stands. Default `/_understudy/status.json` at the first `api`'s origin; false: there is none. */
  status?: string | URL | false;
  /** What of the API is asked to learn that it is back. Default: the last safe request that was seen. */
  probe?: string | URL;
  /** How long before a window it is announced, in milliseconds. Default 24 hours; 0: never ask beforehand. */
  announce?: number;
  /**
   * Keep requests that are made or refused while the API is down, and make them after it is back. true: GET and HEAD. A function
   * says it for each request, and so vouches for those that it marks as safe to repeat.
   */
  hold?: boolean | ((request: Request) => boolean);
  /** Of the questions that the watch itself asks. Default `include`. */
  credentials?: RequestCredentials;
}

/** An answer as a transport of one's own saw it. */
export interface Seen {
  url: string;
  method?: string;
  status: number;
  header?(name: string): string | null;
  /** Text or parsed JSON, where the caller has read it. */
  body?: unknown;
}

export interface Watch {
  readonly snapshot: Snapshot;
  readonly state: State;
  /** Calls when a state begins, or on every change. Returns how to end it. */
  on<T extends State | 'change'>(type: T, listener: (snapshot: Snapshot) => void): () => void;
  /** Calls at once and on every change: a Svelte store. Returns how to end it. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
  /** Asks now. */
  retry(): Promise<Snapshot>;
  /** Resolves once the API is neither in maintenance nor failing; rejects with the signal's reason. */
  whenOpen(signal?: AbortSignal): Promise<void>;
  /** For transports that are neither fetch nor XMLHttpRequest. Returns the answer if it is understudy's. */
  report(seen: Seen): Answer | null;
  readonly fetch: typeof fetch;
  readonly XMLHttpRequest: typeof XMLHttpRequest;
  /** Takes everything back. What had been held is let go to the API. */
  stop(): void;
}
