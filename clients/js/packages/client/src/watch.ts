import { parseAnswer, parseStatus } from './answer.js';
import { wrapFetch } from './fetch.js';
import { isSafe, type Call, type Observer } from './observer.js';
import { makeStore } from './store.js';
import type { Answer, Options, PlannedWindow, Snapshot, State, Watch } from './types.js';
import { keepVigil } from './vigil.js';
import { patchXhr } from './xhr.js';

const watches: Watch[] = [];

/** Called whenever `current()` has changed. */
export const made = new Set<() => void>();

/** The watch that was made last and not stopped. */
export const current = (): Watch | null => watches.at(-1) ?? null;

const isDown = (state: State): boolean => state === 'maintenance' || state === 'failure';

/** Whether two answers say the same; how long to wait is said anew by each. */
const agree = (one: Answer, other: Answer): boolean =>
  JSON.stringify({ ...one, retryAfter: 0 }) === JSON.stringify({ ...other, retryAfter: 0 });

/** Watches an API. Wants a browser: on a server that renders pages there is nothing to watch. */
export const watch = (options: Options): Watch => {
  const { patch = true, announce = 864e5, hold = false, credentials = 'include' } = options;
  const { document, location, navigator, XMLHttpRequest: Xhr } = globalThis as Partial<typeof globalThis>;
  const inner = globalThis.fetch;
  const base = document?.baseURI ?? location?.href;
  const apis = [options.api].flat().map((api) => new URL(api as string, base).href.replace(/\/?([?#].*)?$/, ''));
  const statusUrl = options.status !== false && new URL(options.status ?? '/_understudy/status.json', apis[0]);
  const store = makeStore();
  const waiting = new Set<() => void>();
  let stopped = false;
  let asking: Promise<void> | null = null;
  let asked = 0; // when
  let looked = 0; // when, at status.json, while nothing was wrong
  let suspected = 0; // when last an answer was missing
  let fruitless = 0; // questions in a row
  let evidence = 0; // that the API is back; 2 will do
  let safe: Call | null = null; // what is asked to learn that
  let refused = false; // whether it was refused: then its success proves that this client may pass
  let opening: ReturnType<typeof setTimeout> | undefined;

  const mustWait = (safe: boolean): boolean => isDown(store.now.state) || (!safe && store.now.state === 'read-only');
  const release = (): void => waiting.forEach((done) => done());

  const fall = (answer: Answer): void => {
    const { answer: known } = store.now;
    const same = known?.reason === answer.reason;
    if (!same) fruitless = evidence = 0;
    if (known && same && (!answer.title || agree(known, answer))) return;
    clearTimeout(opening);
    store.set({ state: answer.reason, answer });
    release(); // a read-only API is enough for some
    vigil.update();
    if (!same) vigil.plan(answer.retryAfter || 5);
    vigil.tell(store.now);
    // A HEAD's answer, or a page's, has no text to read. A plain question gets one.
    if (!same && !answer.title) void ask();
  };

  const settle = (window: PlannedWindow | null): void => {
    clearTimeout(opening);
    if (!announce || stopped) window = null;
    const start = window ? +window.start - Date.now() : 0;
    const near = window && start < announce;
    store.set({ state: near ? 'announced' : 'open', answer: null, window, nextAttempt: null });
    // Not all at the same moment; and not again and again where this clock is ahead of the server's.
    if (window) opening = setTimeout(look, Math.min(2 ** 31 - 1, Math.max(near ? start : start - announce, 1e4) + Math.random() * 5e3));
  };

  const rise = (window: PlannedWindow | null): void => {
    if (store.now.answer) store.set({ state: 'recovered', answer: null, nextAttempt: null });
    refused = false;
    settle(window);
    release();
    vigil.update();
  };

  const get = (url: string | URL): Promise<Response> => inner(url, { credentials, cache: 'no-store', signal: AbortSignal.timeout(15e3) });

  const readStatus = async (): Promise<ReturnType<typeof parseStatus>> => {
    if (!statusUrl) return null;
    looked = Date.now();
    try {
      return parseStatus(await (await get(statusUrl)).text(), navigator?.languages ?? []);
    } catch {
      return null; // not to be had, so the API alone is asked
    }
  };

  const look = async (): Promise<void> => {
    const status = await readStatus();
    if (!status || store.now.answer || stopped) return;
    if (status.answer) fall(status.answer);
    else settle(status.window);
  };

  /** What the API itself says: understudy's answer, or how far it is proof that the API is back; null: nothing can be read. */
  const probe = async (): Promise<Answer | 0 | 1 | 2 | null> => {
    const known = store.now.answer?.title && !options.probe && safe; // else plainly, which needs no preflight
    try {
      const response = await (known ? known.repeat(AbortSignal.timeout(15e3)) : get(options.probe ?? apis[0]!));
      const { status, headers } = response;
      if (status === 503) return parseAnswer(status, (name) => headers.get(name), await response.text()) ?? 0;
      void response.body?.cancel();
      return response.ok || status === 304 ? 2 : status && status < 500 && !options.probe ? 1 : 0;
    } catch {
      return null;
    }
  };

  const question = async (): Promise<void> => {
    asked = Date.now();
    store.set({ asking: true });
    const [status, found] = await Promise.all([readStatus(), probe()]);
    asking = null;
    if (stopped) return;
    store.set({ asking: false });
    const { state, answer: known } = store.now;
    const said = status?.answer;
    let proof = typeof found === 'number' ? found : 0;
    let answer = Object(found) === found ? (found as Answer) : null;
    if (!answer && said) {
      // Reads pass while writes are refused, and this client may be one of those who pass.
      const passes = said.reason === 'read-only' ? state !== 'read-only' && isDown(state) && !proof : proof > 1 && refused;
      if (!passes) answer = said;
    } else if (status && state === 'read-only') proof = 2;
    else if (status && state === 'maintenance' && !safe && !options.probe && found === null) proof = 1;
    if (state === 'read-only' && !status) proof = 0;

    evidence = answer ? 0 : proof && evidence + proof;
    if (answer) fall(answer);
    else if (!known) {
      if (status) settle(status.window);
    } else if (evidence > 1) {
      rise(status?.window ?? null);
      return vigil.tell(store.now);
    }
    if (store.now.answer) vigil.plan(Math.max(answer?.retryAfter ?? 0, Math.min(120, 2 ** fruitless++)));
  };

  const ask = (): Promise<void> => (asking ??= question());

  const vigil = keepVigil({
    name: 'understudy ' + apis.join(' '),
    down: () => !!store.now.answer,
    ask,
    planned(nextAttempt) {
      store.set({ nextAttempt });
    },
    heard({ answer, window, nextAttempt }: Snapshot) {
      if (answer) {
        fall(answer);
        store.set({ nextAttempt });
      } else rise(window);
    },
    woken() {
      if (!store.now.answer) {
        if (announce && Date.now() - looked > 36e5) void look();
      } else if (Date.now() - asked > 1e3) vigil.hurry();
    },
  });

  const observer: Observer = {
    resolve(url) {
      if (stopped) return;
      try {
        const { href } = new URL(url, base);
        if (!href.includes('/_understudy/') && apis.some((api) => href.startsWith(api) && '/?#'.includes(href[api.length] ?? '/'))) return href;
      } catch {
        // No address at all: whoever sends it is told so.
      }
      return;
    },
    mayHold: (safe, request) => (typeof hold === 'function' ? hold(request()) : hold && safe),
    mustWait,
    wait: (safe, signal) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          if (!mustWait(safe)) end(resolve);
        };
        const abort = (): void => end(() => reject(signal!.reason));
        const end = (how: () => void): void => {
          waiting.delete(done);
          signal?.removeEventListener('abort', abort);
          how();
        };
        if (signal?.aborted) return abort();
        waiting.add(done);
        signal?.addEventListener('abort', abort);
        done();
      }),
    saw(call, status, header, body) {
      if (stopped) return null;
      const { state } = store.now;
      if (status > 199 && status < 300) {
        if (isDown(state)) {
          // It may come from a cache, or a path that is never refused: a hint, no proof.
          if (Date.now() - asked > 1e4) void ask();
        } else if (call.safe) safe = call;
        else if (state === 'read-only') {
          rise(null);
          vigil.tell(store.now);
        }
        return null;
      }
      const answer = parseAnswer(status, header, body);
      if (answer) {
        if (call.safe) {
          safe = call;
          refused = true;
        }
        fall(answer);
      }
      return answer;
    },
    lost() {
      // It may be an answer that the browser hides. One that can be read says so; without one it is nobody's outage.
      if (stopped || store.now.answer || navigator?.onLine === false || Date.now() - suspected < 3e4) return;
      suspected = Date.now();
      void ask();
    },
  };

  const watchedFetch = wrapFetch(inner, observer);
  let Watched = Xhr!;
  if (Xhr && !patch) Watched = class extends Xhr {};
  const unpatch = Xhr && patchXhr(Watched.prototype, inner, observer);
  if (patch) globalThis.fetch = watchedFetch;

  const self: Watch = {
    get snapshot() {
      return store.now;
    },
    get state() {
      return store.now.state;
    },
    on: store.on,
    subscribe: store.subscribe,
    retry: () => ask().then(() => store.now),
    whenOpen: (signal) => observer.wait(true, signal),
    report({ url, method = 'GET', status, header, body }) {
      const at = observer.resolve(url);
      if (!at) return null;
      const before = [safe, refused] as const;
      const answer = observer.saw({ safe: isSafe(method), repeat: () => get(at) }, status, (name) => header?.(name) ?? null, body);
      if (before[0]) [safe, refused] = before; // one that was watched knows its headers, too
      return answer;
    },
    fetch: watchedFetch,
    XMLHttpRequest: Watched,
    stop() {
      if (stopped) return;
      stopped = true;
      watches.splice(watches.indexOf(self), 1);
      unpatch?.();
      if (globalThis.fetch === watchedFetch) globalThis.fetch = inner;
      settle(null);
      store.set({ asking: false });
      release();
      vigil.end();
      made.forEach((tell) => tell());
    },
  };
  watches.push(self);
  made.forEach((tell) => tell());
  if (announce) void look();
  return self;
};

