import { current, parseAnswer, type Answer, type Watch } from '@understudy/client';

/** What is needed of a response as Ext JS hands it to `failure` and `requestexception`. */
export interface Response {
  readonly status: number;
  readonly responseText?: string;
  getResponseHeader?(name: string): string | null;
  /** What understudy said in the API's place; null if the response is somebody else's. */
  understudy?: Answer | null;
}

type RequestException = (connection: unknown, response: Response, options: { url?: string; method?: string }) => void;

/** What is needed of `Ext.Ajax` or any other `Ext.data.Connection`. */
export interface Connection {
  on(event: 'requestexception', listener: RequestException, scope?: unknown, options?: { priority: number }): unknown;
  un(event: 'requestexception', listener: RequestException): unknown;
}

export interface Options {
  /** Default: the last watch that was made. */
  watch?: Watch;
  /** Connections of your own besides `Ext.Ajax`, through which the proxies of stores go. */
  connections?: readonly Connection[];
}

/** What is needed of Ext JS. */
export interface Ext {
  Ajax: Connection;
}

/** What understudy said in the API's place; null if the response is somebody else's. */
export const answerOf = (response: Response): Answer | null =>
  parseAnswer(response.status, (name) => response.getResponseHeader?.(name) ?? null, response.responseText);

/**
 * Tells the watch what Ext JS's connections are refused with, and puts the answer on the response, where `failure` callbacks find it
 * as `response.understudy`, those of a store's proxy as `operation.getError().response.understudy`. Returns how to end it.
 */
export function observe(Ext: Ext, options: Options = {}): () => void {
  const watch = options.watch ?? current();
  if (!watch) throw new Error('No watch to tell: call watch({ api }) first');

  const refused: RequestException = (_, response, { url, method }) => {
    response.understudy = answerOf(response);
    watch.report({
      url: new URL(url ?? '', document.baseURI).href,
      method: method ?? 'GET',
      status: response.status,
      header: (name) => response.getResponseHeader?.(name) ?? null,
      body: response.responseText,
    });
  };

  const connections = [Ext.Ajax, ...(options.connections ?? [])];
  // Before the application's own listeners, so that these find the answer, too.
  for (const connection of connections) connection.on('requestexception', refused, undefined, { priority: 1000 });
  return () => {
    for (const connection of connections) connection.un('requestexception', refused);
  };
}
