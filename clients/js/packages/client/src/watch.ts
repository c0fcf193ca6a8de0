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

/** Watches an API. Wants a browser: on a server that renders pages there is nothing to watch. */
export const watch = (options: Options): Watch => {
  const { patch = true, announce = 864e5, hold, credentials = 'include' } = options;
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
  let fruitless = 0; // questions in a row
  let evidence = 0; // that the API is back; 2 will do
  let safe: Call | null = null; // what is asked to learn that
  let refused = false; // whether it was refused: then its success proves that this client may pass
  let opening: ReturnType<typeof setTimeout> | undefined;

  const mustWait = (safe: boolean): boolean => isDown(store.now.state) || (!safe && store.now.state === 'read-only');

  const fall = (answer: Answer): void => {
    const before = store.now;
    const known = before.answer;
    const same = known?.reason === answer.reason;
    // How long to wait is said anew each time, and is no news; nor is an answer of which less can be read.
    if (same) answer = answer.title ? { ...answer, retryAfter: known.retryAfter } : known;
    store.set({ state: answer.reason, answer });
    if (store.now === before) return;
    clearTimeout(opening);
    if (!same) {
      fruitless = evidence = 0;
      vigil.plan(answer.retryAfter || 5);
    }
    vigil.tell(store.now);
    // A HEAD's answer, or a page's, has no text to read. A plain question gets one.
    if (!same && !answer.title) void ask();
  };

  const settle = (window: PlannedWindow | null): void => {
    clearTimeout(opening);
    if (!announce || stopped) window = null;
    const start = window ? +window.start - Date.now() : 0;
    const near = window && start < announce;
    store.set({ state: near ? 'announced' : 'open', answer: null, window, nextAttempt: null, asking: false });
    // Not all at the same moment; and not again and again where this clock is ahead of the server's.
    if (window) opening = setTimeout(look, Math.min(2 ** 31 - 1, Math.max(near ? start : start - announce, 1e4) + Math.random() * 5e3));
  };

  const rise = (window: PlannedWindow | null): void => {
    if (store.now.answer) store.set({ state: 'recovered', answer: null, nextAttempt: null });
    refused = false;
    settle(window);
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

  /** What the API itself says: understudy's answer, or how far it is proof that the API is back; below 0: it can't be read. */
  const probe = async (): Promise<[Answer | null, number]> => {
    const known = store.now.answer?.title && !options.probe && safe; // else plainly, which needs no preflight
    try {
      const response = await (known ? known.repeat!(AbortSignal.timeout(15e3)) : get(new URL(options.probe ?? '', apis[0])));
      const { status, headers, body } = response;
      if (status === 503) return [parseAnswer(status, (name) => headers.get(name), await response.text()), 0];
      void body?.cancel();
      return [null, response.ok ? 2 : +(status > 0 && status < 500 && !options.probe)];
    } catch {
      return [null, -1];
    }
  };

  const question = async (): Promise<void> => {
    asked = Date.now();
    store.set({ asking: true });
    const [status, found] = await Promise.all([readStatus(), probe()]);
    asking = null;
    if (stopped) return;
    store.set({ asking: false });
    let [answer, proof] = found;
    const { state, answer: known } = store.now;
    const said = status?.answer;
    if (!answer && said) {
      // Reads pass while writes are refused, and this client may be one of those who pass all the same.
      if (said.reason === 'read-only' ? proof > 0 || !isDown(state) : proof < 2 || !refused) answer = said;
    } else if (state === 'read-only') proof = status ? 2 : 0;
    else if (proof < 0 && status && state === 'maintenance' && !safe && !options.probe) proof = 1;

    evidence = answer || proof < 1 ? 0 : evidence + proof;
    if (answer) fall(answer);
    else if (known && evidence > 1) {
      rise(status?.window ?? null);
      vigil.tell(store.now);
    } else if (!known && status) settle(status.window);
    if (store.now.answer) vigil.plan(Math.max(answer?.retryAfter ?? 0, Math.min(120, 2 ** fruitless++)));
  };

  const ask = (): Promise<void> => (asking ??= stopped ? Promise.resolve() : question());

  const vigil = keepVigil({
    name: 'understudy ' + apis.join(' '),
    down: () => !!store.now.answer,
    ask,
    planned(nextAttempt) {
      store.set({ nextAttempt });
      if (nextAttempt) vigil.tell(store.now);
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

  store.on('change', () => {
    vigil.update();
    waiting.forEach((check) => check());
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
    mayHold: (safe, request) => (typeof hold === 'function' ? hold(request()) : !!hold && safe),
    mustWait,
    wait: (safe, signal) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!signal?.aborted && mustWait(safe)) return;
          waiting.delete(check);
          signal?.removeEventListener('abort', check);
          if (signal?.aborted) reject(signal.reason);
          else resolve();
        };
        waiting.add(check);
        signal?.addEventListener('abort', check);
        check();
      }),
    saw(call, status, header, body) {
      if (stopped) return null;
      const { state } = store.now;
      if (status > 199 && status < 300) {
        if (isDown(state)) {
          // It may come from a cache, or a path that is never refused: a hint, no proof.
          if (Date.now() - asked > 1e4) void ask();
        } else if (call.safe) safe = call.repeat ? call : safe;
        else if (state === 'read-only') {
          rise(null);
          vigil.tell(store.now);
        }
        return null;
      }
      const answer = parseAnswer(status, header, body);
      if (answer) {
        if (call.safe && call.repeat) {
          safe = call;
          refused = true;
        }
        fall(answer);
      }
      return answer;
    },
    lost() {
      // It may be an answer that the browser hides. One that can be read says so; without one it is nobody's outage.
      if (store.now.answer || navigator?.onLine === false || Date.now() - asked < 3e4) return;
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
      // One that was watched is better to repeat: it has its headers.
      const call: Call = { safe: isSafe(method), repeat: safe ? null : () => get(at!) };
      return at ? observer.saw(call, status, (name) => header?.(name) ?? null, body) : null;
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
      vigil.end();
      made.forEach((tell) => tell());
    },
  };
  watches.push(self);
  made.forEach((tell) => tell());
  if (announce) void look();
  return self;
};

