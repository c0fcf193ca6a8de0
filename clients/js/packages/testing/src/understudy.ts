import { escapes, fill, server, type Form, type Header, type Reason, type Situation, type Text } from './answers.js';
import { movableClock, type Clock } from './clock.js';
import { milliseconds, type Duration } from './duration.js';
import { formOf, languageOf } from './negotiate.js';

export interface Options {
  /** What status.json calls the API. Default `api`. */
  group?: string;
  /** Retry-After where no end is known. Default `10m`. */
  retryAfter?: Duration;
  /** Origins that may read the answers. Default: every one. */
  origins?: readonly string[];
  /** Default: the time of day, moved on by `advance`. */
  clock?: Clock;
}

/** Of an occasion, by language: `{ en: { title: 'New tills' } }`. What is not said is the server's own. */
export type Texts = Readonly<Record<string, Readonly<Partial<Text>>>>;

export interface Occasion {
  /** How long; then the API is back by itself. Without: until `off()`. */
  for?: Duration;
  texts?: Texts;
}

export interface Plan extends Occasion {
  mode?: 'maintenance' | 'read-only';
  /** How far ahead it begins. */
  in: Duration;
  for: Duration;
}

/** A request, in plain values. */
export interface Asked {
  method: string;
  /** The path and what follows it, or the whole URL. */
  url: string;
  header(name: string): string | null;
}

/** What to send. The body of an answer to HEAD is left out, its head is the same. */
export interface Answered {
  status: number;
  headers: Header[];
  body: string | null;
}

export interface Understudy {
  /** As `understudy on`, or as if the API had broken down: failure. */
  on(reason: Reason, occasion?: Occasion): void;
  /** Ends it all: what was switched on, what is running, what is planned. */
  off(): void;
  /** As `understudy window add`: announced now, begins and ends by itself. */
  plan(plan: Plan): void;
  /** Moves the clock, and with it `until`, Retry-After, and everything that begins or ends by itself. */
  advance(duration: Duration): Promise<void>;
  /** What the server would say; null: the request is the API's to answer. */
  answer(asked: Asked): Answered | null;
  /** The same in terms of fetch. */
  respond(request: Request): Response | null;
  readonly now: Date;
}

interface Period {
  reason: Reason;
  start: number;
  end: number;
  texts: Texts;
}

const maintenanceFirst: readonly Reason[] = ['maintenance', 'read-only', 'failure'];
const reads = ['GET', 'HEAD', 'OPTIONS'];
const builtIn = Object.keys(server.languages);
const wholeSeconds = (time: number) => Math.floor(time / 1000) * 1000;
const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');
/** A string that brings its quotes, for a place where null may stand. */
const quoted = (text: string) => ({ toJSON: () => text });

/** An understudy for an API, open at first. */
export function createUnderstudy(options: Options = {}): Understudy {
  const clock = options.clock ?? movableClock();
  const retryAfter = Math.round(milliseconds(options.retryAfter ?? '10m') / 1000);
  const origins = options.origins && new Set(options.origins);
  let periods: Period[] = [];

  const add = (reason: Reason, start: number, { for: length, texts = {} }: Occasion) => {
    periods.push({ reason, start, end: length === undefined ? Infinity : start + milliseconds(length), texts });
    // Of the same strictness the one that lasts longest; so it says when the API is back.
    periods.sort((a, b) => maintenanceFirst.indexOf(a.reason) - maintenanceFirst.indexOf(b.reason) || b.end - a.end);
  };
  const running = () => periods.filter(({ start, end }) => start <= clock.now() && clock.now() < end);
  const reasonFor = (method: string) => running().find(({ reason }) => reason !== 'read-only' || !reads.includes(method));

  /** A text that may be half the occasion's and half the server's own. */
  const textOf = ({ reason, texts }: Period, language: string): Text => ({
    ...(server.languages[language] ?? server.languages.en!)[reason],
    ...texts[language],
  });

  /** What a client gets in its language, and the maps for front ends that choose for themselves. */
  function textsFor(period: Period, header: Asked['header']) {
    const own = Object.keys(period.texts);
    const fallback = own.length && !own.includes('en') ? own[0]! : 'en';
    const language = languageOf(header('Accept-Language'), [...new Set([...builtIn, ...own])], fallback);
    const tags = own.length ? own : [...new Set([language, 'en'])];
    const all = tags.map((tag) => [tag, textOf(period, tag)] as const);
    return {
      language,
      ...textOf(period, language),
      titles: Object.fromEntries(all.map(([tag, { title }]) => [tag, title])),
      messages: Object.fromEntries(all.map(([tag, { message }]) => [tag, message])),
    };
  }

  const cors = (header: Asked['header'], fields: readonly Header[]): Header[] => {
    const origin = header('Origin');
    if (!origin || (origins && !origins.has(origin))) return [];
    const method = header('Access-Control-Request-Method') ?? '';
    const headers = header('Access-Control-Request-Headers') ?? '';
    return fields.map(([name, value]): Header => [name, fill(value, { origin, method, headers })]).filter(([, value]) => value);
  };

  const finish = ({ method, header }: Asked, status: number, head: readonly Header[], body: string): Answered => ({
    status,
    headers: [...head, ...cors(header, server.cors)],
    body: status === 204 || method === 'HEAD' ? null : body,
  });

  function permit(asked: Asked): Answered {
    if (!asked.header('Origin') || !asked.header('Access-Control-Request-Method')) {
      return finish(asked, server.options.status, server.options.head, '');
    }
    return { status: 204, headers: [...server.preflight.head, ...cors(asked.header, server.preflight.cors)], body: null };
  }

  function refuse(asked: Asked, period: Period): Answered {
    const { reason, start, end } = period;
    const form: Form = formOf(asked.header);
    const until = reason !== 'failure' && end !== Infinity;
    const kind = reason === 'read-only' ? 'readOnly' : reason;
    const situation: Situation = kind !== 'failure' && until ? `${kind}Until` : kind;
    const texts = textsFor(period, asked.header);
    const escape = form === 'text' ? escapes.plain : form === 'xml' || form === 'textXml' ? escapes.xml : escapes.json;
    const body = fill(
      server.bodies[situation][form],
      { ...texts, since: iso(start), until: until ? iso(end) : '', retryAfter, retryMilliseconds: retryAfter * 1000 },
      escape,
    );
    const seconds = until ? Math.max(1, Math.ceil((end - clock.now()) / 1000)) : retryAfter;
    const head = server.heads[form].map(
      ([name, value]): Header => [name, fill(value, { reason, language: texts.language, retryAfter: String(seconds) })],
    );
    return finish(asked, 503, head, body);
  }

  function status(asked: Asked): Answered {
    const period = running().find(({ reason }) => reason !== 'failure');
    const planned = periods.filter(({ start }) => start > clock.now()).sort((a, b) => a.start - b.start)[0];
    const texts = textsFor(period ?? { reason: 'maintenance', start: 0, end: 0, texts: {} }, asked.header);
    const next = planned && {
      ...textsFor(planned, asked.header),
      mode: planned.reason,
      start: iso(planned.start),
      end: iso(planned.end),
    };
    const values = {
      ...texts,
      group: options.group ?? 'api',
      mode: period?.reason ?? 'open',
      lifecycle: period ? 'active' : planned ? 'announced' : 'open',
      since: period ? quoted(iso(period.start)) : null,
      until: period && period.end !== Infinity ? quoted(iso(period.end)) : null,
      next: next ? (JSON.parse(fill(server.status.next, next, escapes.json)) as unknown) : null,
    };
    return finish(asked, 200, server.status.head, fill(server.status.body, values, escapes.json));
  }

  function answer(asked: Asked): Answered | null {
    const path = new URL(asked.url, 'http://api').pathname;
    const own = path.startsWith('/_understudy/');
    const period = reasonFor(asked.method);
    if (asked.method === 'OPTIONS') return own || running().some(({ reason }) => reason !== 'read-only') ? permit(asked) : null;
    if (!own) return period ? refuse(asked, period) : null;
    if (path !== '/_understudy/status.json' && path !== '/_understudy/health') {
      return finish(asked, server.unknown.status, server.unknown.head, server.unknown.body);
    }
    if (!reads.includes(asked.method)) {
      return finish(asked, server.wrongMethod.status, server.wrongMethod.head, server.wrongMethod.body);
    }
    return path === '/_understudy/health' ? finish(asked, 200, server.health.head, server.health.body) : status(asked);
  }

  return {
    on(reason, occasion = {}) {
      periods = periods.filter(({ start }) => start > clock.now());
      add(reason, wholeSeconds(clock.now()), occasion);
    },
    off() {
      periods = [];
    },
    plan({ mode = 'maintenance', in: ahead, ...occasion }) {
      add(mode, wholeSeconds(clock.now() + milliseconds(ahead)), occasion);
    },
    async advance(duration) {
      await clock.advance(milliseconds(duration));
    },
    answer,
    respond({ method, url, headers }) {
      const answered = answer({ method, url, header: (name) => headers.get(name) });
      return answered && new Response(answered.body, { status: answered.status, headers: answered.headers });
    },
    get now() {
      return new Date(clock.now());
    },
  };
}
