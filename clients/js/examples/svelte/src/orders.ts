import { parseAnswer, UnderstudyError } from '@understudy/client';

export interface Order {
  id: string;
  note: string;
}

const json = { 'Content-Type': 'application/json' };

class HttpError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** What the shop asks of its API. */
export function ordersOf(api: string) {
  async function ask<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await fetch(api + path, {
      ...init,
      credentials: 'include',
      headers: { 'X-Shop-Client': 'web', ...init?.headers },
    });
    const answer = parseAnswer(response.status, (name) => response.headers.get(name));
    if (answer) throw new UnderstudyError(answer);
    if (!response.ok) throw new HttpError(response.status);
    return response.json() as Promise<T>;
  }
  return {
    load: () => ask<Order[]>('/v1/orders'),
    save: (note: string) => ask<Order>('/v1/orders', { method: 'POST', headers: json, body: JSON.stringify({ note }) }),
    own503: () => ask<unknown>('/v1/own-503'),
  };
}

/** An error in the shop's words. */
export function inWords(error: unknown): string {
  if (error instanceof UnderstudyError) return `refused ${error.answer.status} ${error.answer.reason}`;
  if (error instanceof HttpError) return `error ${error.status}`;
  return `error ${error instanceof Error ? error.name : String(error)}`;
}
