import type { Answer, Reason, Texts } from './types.js';

type Json = Record<string, unknown>;

const reasons = ['maintenance', 'read-only', 'failure'];

const isReason = (value: unknown): value is Reason => reasons.includes(value as string);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export const date = (value: unknown): Date | null => {
  const at = new Date(text(value));
  return isNaN(+at) ? null : at;
};

export const parse = (body: unknown): Json => {
  try {
    const value: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    return value && typeof value === 'object' ? (value as Json) : {};
  } catch {
    return {}; // no JSON, so nothing of understudy's
  }
};

/** Titles and messages, each by language, as the texts of each language. */
export const textsOf = (titles: unknown, messages: unknown): Texts => {
  const by = parse(messages);
  return Object.fromEntries(
    Object.entries(parse(titles)).map(([language, title]) => [language, { title: text(title), message: text(by[language]) }]),
  );
};

/**
 * What understudy said, from a response's status, headers and, if it was read, body (text or parsed JSON); null if it was somebody
 * else who said it. A body counts without the header only if it is a whole answer: a proxy may have removed the header, or the
 * browser may hide it.
 */
export const parseAnswer = (status: number, header: (name: string) => string | null, body?: unknown): Answer | null => {
  if (status !== 503) return null;
  const json = parse(body);
  const named = header('Understudy-Reason');
  const reason = isReason(named) ? named : json.reason;
  if (!isReason(reason)) return null;
  const problem = json.type === `urn:understudy:${reason}`;
  if (reason !== named && !problem && !(text(json.title) && text(json.message) && text(parse(json.errorTitle).constructor.name))) {
    return null;
  }
  const title = text(json.title);
  const message = text(problem ? json.detail : json.message);
  const texts = textsOf(json.errorTitle, json.errorMessage);
  const language =
    header('Content-Language') ?? Object.keys(texts).find((tag) => texts[tag]!.title === title && texts[tag]!.message === message) ?? '';
  const until = date(json.until);
  const seconds = +(header('Retry-After') ?? NaN);
  return {
    reason,
    status,
    title,
    message,
    language,
    texts,
    since: date(json.since),
    until,
    retryAfter: seconds >= 0 ? seconds : until ? Math.max(0, Math.ceil((+until - Date.now()) / 1000)) : Number(json.retryAfter) || 0,
  };
};
