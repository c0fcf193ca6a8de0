import { watch as begin, type Options, type Snapshot, type Watch } from '@understudy/client';
import { createSubscriber } from 'svelte/reactivity';
import { readable, type Readable } from 'svelte/store';

/** A store of what the API is like: `$api.state`. With runes, `api.snapshot.state` follows it as well. */
export interface Understudy extends Readable<Snapshot> {
  readonly snapshot: Snapshot;
  /** null on a server, which has no browser's requests to watch. */
  readonly watch: Watch | null;
}

const unknown: Snapshot = Object.freeze({ state: 'open', answer: null, window: null, nextAttempt: null, asking: false });

/** Watches an API, with the options of `watch()`, or takes a watch that you made. On a server the API is open. */
export function understudy(given: Options | Watch): Understudy {
  if ('subscribe' in given) return of(given);
  return of(typeof document === 'object' ? begin(given) : null);
}

function of(watch: Watch | null): Understudy {
  const follow = createSubscriber((update) => watch?.on('change', update));
  return {
    watch,
    subscribe: (watch ?? readable(unknown)).subscribe,
    get snapshot() {
      follow();
      return watch?.snapshot ?? unknown;
    },
  };
}
