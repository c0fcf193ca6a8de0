import { isSafe, type Call, type Observer } from './observer.js';

interface Exchange extends Call {
  readonly open: Parameters<XMLHttpRequest['open']>;
  readonly headers: [string, string][];
  readonly background: boolean;
  holds: boolean;
  /** Its events are kept from the application: it was refused, and will be made again. */
  muted: boolean;
  body: XMLHttpRequestBodyInit | null;
  waiting: AbortController | null;
}

/** getResponseHeader complains in the console about a header that it hides; this does not. */
const headerOf = (xhr: XMLHttpRequest) => (name: string): string | null =>
  new RegExp(`^${name}: *(.*)`, 'im').exec(xhr.getAllResponseHeaders())?.[1]?.trim() ?? null;

/** Watches the requests of a prototype, XMLHttpRequest's or a subclass's. Returns how to take it back. */
export const patchXhr = (proto: XMLHttpRequest, inner: typeof fetch, observer: Observer): (() => void) => {
  const { open, send, setRequestHeader, abort } = proto;
  const before = { open, send, setRequestHeader, abort };
  const exchanges = new WeakMap<XMLHttpRequest, Exchange>();

  /** Sends once the API is back, unless it was aborted or opened anew meanwhile. */
  const later = (xhr: XMLHttpRequest, exchange: Exchange, act: () => void): void => {
    exchange.waiting = new AbortController();
    observer.wait(exchange.safe, exchange.waiting.signal).then(
      () => {
        exchange.waiting = null;
        if (exchanges.get(xhr) === exchange) act();
      },
      () => {
        exchange.muted = false;
        for (const type of ['abort', 'loadend']) xhr.dispatchEvent(new ProgressEvent(type));
      },
    );
  };

  function hear(this: XMLHttpRequest, event: Event): void {
    const exchange = exchanges.get(this);
    if (!exchange) return;
    const header = headerOf(this);
    const { readyState, status } = this;
    if (event.type === 'error') observer.lost(exchange);
    const ended = readyState === 4;
    if (ended && !status) exchange.muted = false; // it failed on the way: that is the application's to know
    else if (event.type === 'readystatechange' && status) {
      if (exchange.holds && readyState === 2 && status === 503 && header('Understudy-Reason')) exchange.muted = true;
      if (ended) {
        const body: unknown = status === 503 ? this.response : null; // reading it may cost: JSON is parsed only then
        if (body instanceof Blob || body instanceof ArrayBuffer) void new Response(body).text().then((text) => observer.saw(exchange, status, header, text));
        else if (observer.saw(exchange, status, header, body) && exchange.holds) exchange.muted = true;
      }
    }
    if (!exchange.muted) return;
    event.stopImmediatePropagation();
    if (event.type !== 'loadend') return;
    later(this, exchange, () => {
      open.apply(this, exchange.open);
      for (const pair of exchange.headers) setRequestHeader.apply(this, pair);
      send.call(this, exchange.body);
      exchange.muted = false;
    });
  }

  const after: typeof before = {
    open(this: XMLHttpRequest, ...args: unknown[]) {
      open.apply(this, args as Exchange['open']);
      const url = observer.resolve(String(args[1]));
      if (!url) return void exchanges.delete(this);
      const headers: [string, string][] = [];
      exchanges.set(this, {
        open: args as Exchange['open'],
        headers,
        background: args.length < 3 || !!args[2],
        safe: isSafe(String(args[0])),
        holds: false,
        muted: false,
        body: null,
        waiting: null,
        repeat: (signal) => inner(url, { headers, credentials: this.withCredentials ? 'include' : 'same-origin', cache: 'no-store', signal }),
      });
      for (const type of ['readystatechange', 'error', 'loadstart', 'progress', 'load', 'loadend']) this.addEventListener(type, hear);
    },
    setRequestHeader(this: XMLHttpRequest, name, value) {
      setRequestHeader.call(this, name, value);
      exchanges.get(this)?.headers.push([name, value]);
    },
    send(this: XMLHttpRequest, body?: XMLHttpRequestBodyInit | null) {
      const exchange = exchanges.get(this);
      if (exchange) {
        const { open, safe, headers } = exchange;
        exchange.body = body ?? null;
        exchange.holds =
          exchange.background &&
          observer.mayHold(safe, () => new Request(open[1], { method: open[0], headers, body: body ?? null }));
        if (exchange.holds && observer.mustWait(safe)) {
          return later(this, exchange, () => send.call(this, body));
        }
      }
      send.call(this, body);
    },
    abort(this: XMLHttpRequest) {
      exchanges.get(this)?.waiting?.abort();
      abort.call(this);
    },
  };

  Object.assign(proto, after);
  return () => {
    const methods = proto as typeof before;
    for (const name in before) {
      const method = name as keyof typeof before;
      if (methods[method] === after[method]) Object.assign(proto, { [method]: before[method] });
    }
  };
};
