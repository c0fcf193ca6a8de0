import { parseStatus } from './answer.js';

export interface NavigationOptions {
  /** The API's origin. */
  api: string | URL;
  /** Where the state stands. Default `/_understudy/status.json` at the API's origin. */
  status?: string | URL;
  /** The script-tag build, which is kept for the time when nothing can be fetched. Default `/_understudy/client.js` at the API's origin. */
  script?: string | URL;
  /** Of the question for the state. Default `include`. */
  credentials?: RequestCredentials;
}

// What of a service worker's world is needed; the DOM's types do not know it.
interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  readonly preloadResponse?: Promise<Response | undefined>;
  respondWith(response: Promise<Response>): void;
}

const shelf = 'understudy';

const escape = (text: string): string => text.replace(/[&<"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A document that shows the page, asks, and gives way to the application when the API is back. */
const makeDocument = (script: string, api: string, status: string, language: string, title: string): Response => {
  const nonce = crypto.randomUUID();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; connect-src ${new URL(api).origin} ${new URL(status).origin}; base-uri 'none'`;
  const html = `<!doctype html><html lang="${escape(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(title)}</title></head><body><main></main>
<script nonce="${nonce}" data-api="${escape(api)}" data-status="${escape(status)}" data-page="full">${script.replaceAll('</script', '<\\/script')}</script>
<script nonce="${nonce}">understudy.current().on("recovered", () => location.reload())</script></body></html>`;
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store', 'Content-Security-Policy': policy };
  return new Response(html, { status: 503, headers });
};

/**
 * In a service worker: a navigation that fails while the API is in maintenance is answered with the page. Everything that a server
 * answers is left as it is, understudy's own page, too; so is a failure that nobody announced, which looks like being offline.
 * Call it while the worker is evaluated, as all listeners want to be added.
 */
export const answerNavigations = (options: NavigationOptions): void => {
  const { credentials = 'include' } = options;
  const api = new URL(options.api, location.href);
  const status = new URL(options.status ?? '/_understudy/status.json', api).href;
  const script = options.script ? new URL(options.script, location.href).href : new URL('/_understudy/client.js', api).href;

  const keep = async (): Promise<void> => (await caches.open(shelf)).add(script);

  const answer = async ({ request, preloadResponse }: FetchEvent): Promise<Response> => {
    try {
      return (await preloadResponse) ?? (await fetch(request));
    } catch (error) {
      const known = await caches.match(script, { cacheName: shelf });
      const said = known && (await fetch(status, { credentials, cache: 'no-store' }).then((response) => response.text(), () => ''));
      const refusal = said ? parseStatus(said, navigator.languages)?.answer : null;
      if (!known || refusal?.reason !== 'maintenance') throw error;
      return makeDocument(await known.text(), api.href, status, refusal.language, refusal.title);
    }
  };

  addEventListener('install', (event) => (event as ExtendableEvent).waitUntil(keep()));
  addEventListener('fetch', (event) => {
    const navigation = event as FetchEvent;
    if (navigation.request.mode === 'navigate') navigation.respondWith(answer(navigation));
  });
};
