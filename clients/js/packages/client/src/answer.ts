import type { Answer, PlannedWindow, Reason, Texts } from './types.js';

type Json = Record<string, unknown>;
export type Header = (name: string) => string | null;

const isReason = (value: unknown): value is Reason => ['maintenance', 'read-only', 'failure'].includes(value as string);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const date = (value: unknown): Date | null => {
  const at = new Date(text(value));
  return isNaN(+at) ? null : at;
};

/** An object from JSON, parsed or not; empty if it is anything else. */
export const object = (body: unknown): Json => {
  try {
    const value: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    return Object(value) === value ? (value as Json) : {};
  } catch {
    return {}; // no JSON: then it says nothing to us
  }
};

const textsOf = (titles: unknown, messages: unknown): Texts => {
  const said = object(messages);
  return Object.fromEntries(
    Object.entries(object(titles)).map(([tag, title]) => [tag, { title: text(title), message: text(said[tag]) }]),
  );
};

/** The tag among those offered that suits best, by RFC 4647 lookup; else English, else the first. */
export const pick = (offered: readonly string[], wanted: readonly string[]): string => {
  for (const range of [...wanted, 'en']) {
    for (const parts = range.toLowerCase().split('-'); parts.length; parts.pop()) {
      const found = offered.find((tag) => tag.toLowerCase() === parts.join('-'));
      if (found) return found;
    }
  }
  return offered[0] ?? '';
};

const secondsUntil = (until: Date | null): number => (until ? Math.max(0, Math.ceil((+until - Date.now()) / 1000)) : 0);

/**
 * What understudy said, from a response's status, headers and, if it was read, body (text or parsed JSON); null if it was somebody
 * else who said it. Without the header a body counts only if it is a whole answer: a proxy may strip the header, or the browser
 * may hide it, but an application's own 503 may look alike.
 */
export const parseAnswer = (status: number, header: Header, body?: unknown): Answer | null => {
  const json = object(body);
  const named = header('Understudy-Reason');
  const reason = named ?? json.reason;
  if (status !== 503 || !isReason(reason)) return null;
  const { title, errorTitle } = json;
  const problem = json.type === 'urn:understudy:' + reason;
  const message = problem ? json.detail : json.message;
  if (!named && !(json.status === 503 && text(title) && text(message) && (problem || Object(errorTitle) === errorTitle))) return null;
  const texts = textsOf(errorTitle, json.errorMessage);
  const until = date(json.until);
  return {
    reason,
    status,
    title: text(title),
    message: text(message),
    language: header('Content-Language') ?? Object.keys(texts).find((tag) => texts[tag]!.title === title) ?? '',
    texts,
    since: date(json.since),
    until,
    retryAfter: +(header('Retry-After') ?? NaN) || secondsUntil(until) || +(json.retryAfter as number) || 0,
  };
};

/** What status.json says: the mode, the answer that goes with it unless it is open, and the next window. */
export const parseStatus = (body: unknown, languages: readonly string[]): { answer: Answer | null; window: PlannedWindow | null } | null => {
  const json = object(body);
  const reason = json.mode;
  if (reason !== 'open' && !isReason(reason)) return null;
  const texts = textsOf(json.title, json.message);
  const language = pick(Object.keys(texts), languages);
  const until = date(json.until);
  const next = object(json.next);
  const start = date(next.start);
  const end = date(next.end);
  return {
    answer:
      reason === 'open'
        ? null
        : { reason, status: 503, title: '', message: '', ...texts[language], language, texts, since: date(json.since), until, retryAfter: secondsUntil(until) },
    window: start && end && { mode: next.mode as PlannedWindow['mode'], start, end, texts: JSON.stringify(next.message) === JSON.stringify(json.message) ? {} : textsOf(next.title, next.message) },
  };
};
