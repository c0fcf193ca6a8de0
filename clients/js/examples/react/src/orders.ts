import { parseAnswer, UnderstudyError } from '@understudy/client';
import axios, { isAxiosError } from 'axios';

export interface Order {
  id: string;
  note: string;
}

/** What the shop asks of its API; one for each way of asking. */
export interface Orders {
  load(): Promise<Order[]>;
  save(note: string): Promise<Order>;
  own503(): Promise<unknown>;
}

const json = { 'Content-Type': 'application/json' };

class HttpError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

export function withFetch(api: string): Orders {
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
    load: () => ask('/v1/orders'),
    save: (note) => ask('/v1/orders', { method: 'POST', headers: json, body: JSON.stringify({ note }) }),
    own503: () => ask('/v1/own-503'),
  };
}

export function withAxios(api: string): Orders {
  const http = axios.create({ baseURL: api, withCredentials: true, headers: { 'X-Shop-Client': 'web' } });
  return {
    load: async () => (await http.get<Order[]>('/v1/orders')).data,
    save: async (note) => (await http.post<Order>('/v1/orders', { note })).data,
    own503: async () => (await http.get<unknown>('/v1/own-503')).data,
  };
}

/** An error in the shop's words. */
export function inWords(error: unknown): string {
  if (error instanceof UnderstudyError) return `refused ${error.answer.status} ${error.answer.reason}`;
  if (error instanceof HttpError) return `error ${error.status}`;
  if (isAxiosError(error) && error.response) {
    const { status, headers, data } = error.response;
    const answer = parseAnswer(status, (name) => headers[name.toLowerCase()] ?? null, data);
    return answer ? `refused ${status} ${answer.reason}` : `error ${status}`;
  }
  return `error ${error instanceof Error ? error.name : String(error)}`;
}
