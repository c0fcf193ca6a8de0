import { current, type Snapshot, type Watch } from '@understudy/client';

/** What is needed of a DDP connection: `Meteor` itself, or what `DDP.connect` returned. */
export interface Connection {
  status(): { status: string };
  reconnect(): void;
}

/** What is needed of Meteor's `Tracker`. */
export interface Tracker {
  autorun(run: () => void): { stop(): void };
  nonreactive<T>(run: () => T): T;
  Dependency: new () => { depend(): void; changed(): void };
}

export interface Options {
  /** Default: the last watch that was made. */
  watch?: Watch;
}

export interface Understudy {
  /** What is known of the API: a reactive data source, for helpers and autoruns. */
  snapshot(): Snapshot;
  /** Ends the observing, not the watch. */
  stop(): void;
}

const down = ({ state }: Snapshot) => state === 'maintenance' || state === 'failure';

/**
 * Ties a DDP connection to a watch. A WebSocket's 503 looks to DDP like any other lost connection, and all it does is wait: so whenever it
 * waits, the watch asks why. And once the API is back, it reconnects at once, not when its own back-off of up to five minutes is over.
 */
export function observe(connection: Connection, Tracker: Tracker, options: Options = {}): Understudy {
  const watch = options.watch ?? current();
  if (!watch) throw new Error('No watch to ask: call watch({ api }) first');

  const asking = Tracker.autorun(() => {
    const { status } = connection.status();
    // While the API is known to be away, the watch asks by itself, when Retry-After says; unless DDP was sooner to be back.
    if (status === (down(watch.snapshot) ? 'connected' : 'waiting')) Tracker.nonreactive(() => void watch.retry());
  });

  const changes = new Tracker.Dependency();
  const unsubscribe = watch.on('change', () => changes.changed());
  const undo = watch.on('recovered', () => {
    // One that is connecting may be at it since before; `connected`, `failed` and `offline` are left as they are.
    if (['waiting', 'connecting'].includes(Tracker.nonreactive(() => connection.status().status))) connection.reconnect();
  });

  return {
    snapshot() {
      changes.depend();
      return watch.snapshot;
    },
    stop() {
      asking.stop();
      unsubscribe();
      undo();
    },
  };
}
