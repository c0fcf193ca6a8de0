'use client';

import { current, type Snapshot, type Watch } from '@understudy/client';
import { createContext, createElement, useContext, useSyncExternalStore, type ReactElement, type ReactNode } from 'react';

const Context = createContext<Watch | null>(null);

export interface UnderstudyProviderProps {
  watch: Watch;
  children?: ReactNode;
}

/** Says which watch the hooks below it are about. Without one it is the watch that was made last. */
export function UnderstudyProvider({ watch, children }: UnderstudyProviderProps): ReactElement {
  return createElement(Context.Provider, { value: watch }, children);
}

/** The watch, to ask now (`retry`), to wait (`whenOpen`) or to listen (`on`). */
export function useWatch(): Watch {
  const watch = useContext(Context) ?? current();
  if (!watch) throw new Error('Nobody watches an API: call watch() of @understudy/client before the first render.');
  return watch;
}

// What a server renders: it has no browser's requests to watch, and hydration needs the same once more.
const unknown: Snapshot = Object.freeze({ state: 'open', answer: null, window: null, nextAttempt: null, asking: false });

/** What the API is like now; renders again when that changes. On a server it is open, and needs no watch. */
export function useUnderstudy(): Snapshot {
  const watch = useContext(Context) ?? current();
  if (!watch && typeof document === 'object') useWatch();
  return useSyncExternalStore(
    watch ? watch.subscribe : () => () => {},
    () => watch?.snapshot ?? unknown,
    () => unknown,
  );
}
