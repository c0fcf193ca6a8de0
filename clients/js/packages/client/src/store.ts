import type { Snapshot, State, Watch } from './types.js';

type Listener = (snapshot: Snapshot) => void;

export interface Store extends Pick<Watch, 'on' | 'subscribe'> {
  readonly now: Snapshot;
  /** Puts another snapshot in place, unless it says the same, and tells. */
  set(change: Partial<Snapshot>): void;
}

export const makeStore = (): Store => {
  let now: Snapshot = Object.freeze({ state: 'open', answer: null, window: null, nextAttempt: null, asking: false });
  const listeners = new Map<Listener, State | 'change'>();

  const add = (type: State | 'change', listener: Listener): (() => void) => {
    const own: Listener = (snapshot) => listener(snapshot); // the same function may listen twice
    listeners.set(own, type);
    return () => void listeners.delete(own);
  };

  return {
    get now() {
      return now;
    },
    set(change) {
      const next = { ...now, ...change };
      // Dates are compared by their time, so a window that was read again is no news.
      if (JSON.stringify(next) === JSON.stringify(now)) return;
      const entered = next.state !== now.state;
      const snapshot = (now = Object.freeze(next));
      for (const [listener, type] of [...listeners]) {
        try {
          // A listener may have brought about the next change, of which the others know by then.
          if (type === 'change' ? now === snapshot : entered && type === snapshot.state) listener(snapshot);
        } catch (error) {
          reportError(error); // one listener's fault is not the next one's, nor the request's
        }
      }
    },
    on: add,
    subscribe(listener) {
      listener(now);
      return add('change', listener);
    },
  };
};
