import { current, parseAnswer, type Answer, type Snapshot, type State, type Watch } from '@understudy/client';
import type { Observable, PureComputed } from 'knockout';

/** What is needed of jQuery's response, as `fail` callbacks and `ajaxError` get it. */
export interface Response {
  readonly status: number;
  readonly responseText?: string;
  getResponseHeader(name: string): string | null;
}

/** What is needed of Knockout: the `ko` that the view model is bound with. */
export interface Knockout {
  observable<T>(value: T): Observable<T>;
  pureComputed<T>(read: () => T): PureComputed<T>;
}

type AjaxError = (event: unknown, response: Response, settings: { url?: string; type?: string }) => void;

/** What is needed of jQuery, 3 or 4. */
export interface JQuery {
  (target: Document): { on(type: string, listener: AjaxError): unknown; off(type: string, listener: AjaxError): unknown };
}

export interface Options {
  /** The page's jQuery: what its requests are refused with is then known even where the watch patches nothing. */
  jquery?: JQuery;
  /** Default: the last watch that was made. */
  watch?: Watch;
}

/** The state of the API for a view model. */
export interface Understudy {
  readonly snapshot: PureComputed<Snapshot>;
  readonly state: PureComputed<State>;
  readonly answer: PureComputed<Answer | null>;
  /** In maintenance or failing: for `enable`, `visible` and the like. */
  readonly down: PureComputed<boolean>;
  /** Asks the API now; fits a `click` binding. */
  retry(): void;
  /** Ends the observing, not the watch. */
  dispose(): void;
}

/** What understudy said in the API's place; null if the response is somebody else's. For `fail` callbacks. */
export const answerOf = (response: Response): Answer | null =>
  parseAnswer(response.status, (name) => response.getResponseHeader(name), response.responseText);

/** Makes observables of the watch, and tells it what `ajaxError` sees. */
export function observe(ko: Knockout, options: Options = {}): Understudy {
  const watch = options.watch ?? current();
  if (!watch) throw new Error('No watch to observe: call watch({ api }) first');

  const snapshot = ko.observable(watch.snapshot);
  const unsubscribe = watch.subscribe(snapshot);

  const ajaxError: AjaxError = (_, response, { url, type }) => {
    watch.report({
      url: new URL(url ?? '', document.baseURI).href,
      method: type ?? 'GET',
      status: response.status,
      header: (name) => response.getResponseHeader(name),
      body: response.responseText,
    });
  };
  options.jquery?.(document).on('ajaxError', ajaxError);

  return {
    snapshot: ko.pureComputed(snapshot),
    state: ko.pureComputed(() => snapshot().state),
    answer: ko.pureComputed(() => snapshot().answer),
    down: ko.pureComputed(() => snapshot().state === 'maintenance' || snapshot().state === 'failure'),
    retry: () => void watch.retry(),
    dispose() {
      unsubscribe();
      options.jquery?.(document).off('ajaxError', ajaxError);
    },
  };
}
