import { HttpErrorResponse, type HttpInterceptorFn } from '@angular/common/http';
import {
  DestroyRef,
  inject,
  InjectionToken,
  makeEnvironmentProviders,
  provideEnvironmentInitializer,
  signal,
  type EnvironmentProviders,
  type Signal,
} from '@angular/core';
import { parseAnswer, watch, type Answer, type Options, type Snapshot, type Watch } from '@understudy/client';
import { tap } from 'rxjs';

/** The watch, to ask now (`retry`), to wait (`whenOpen`) or to listen (`on`). */
export const UNDERSTUDY = new InjectionToken<Watch>('understudy');

const isWatch = (source: Options | Watch): source is Watch => 'snapshot' in source;

/** Watches the API for as long as the application lives. A watch that was made elsewhere is used as it is, and not stopped. */
export function provideUnderstudy(source: Options | Watch): EnvironmentProviders {
  const useFactory = (): Watch => {
    if (isWatch(source)) return source;
    const made = watch(source);
    inject(DestroyRef).onDestroy(() => made.stop());
    return made;
  };
  return makeEnvironmentProviders([
    { provide: UNDERSTUDY, useFactory },
    provideEnvironmentInitializer(() => void inject(UNDERSTUDY)),
  ]);
}

/** What the API is like now. To be called where `inject` may be. */
export function injectUnderstudy(): Signal<Snapshot> {
  const watch = inject(UNDERSTUDY);
  const snapshot = signal(watch.snapshot);
  inject(DestroyRef).onDestroy(watch.subscribe((next) => snapshot.set(next)));
  return snapshot.asReadonly();
}

/** What understudy said, if this error of HttpClient is its answer; else null. */
export function answerOf(error: unknown): Answer | null {
  if (!(error instanceof HttpErrorResponse)) return null;
  return parseAnswer(error.status, (name) => error.headers.get(name), error.error);
}

/** Tells the watch what HttpClient's requests met. Errors go on as they are: `answerOf` reads them. */
export const understudyInterceptor: HttpInterceptorFn = (request, next) => {
  const watch = inject(UNDERSTUDY);
  const { method, urlWithParams: url } = request;
  return next(request).pipe(
    tap({
      error(error: unknown) {
        if (error instanceof HttpErrorResponse)
          watch.report({ url, method, status: error.status, header: (name) => error.headers.get(name), body: error.error });
      },
    }),
  );
};
