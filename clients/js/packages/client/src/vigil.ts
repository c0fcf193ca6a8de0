import type { Snapshot } from './types.js';

/** What a vigil needs of the watch that keeps it. */
export interface Watched {
  /** Of the tabs that watch the same API. */
  readonly name: string;
  /** Whether somebody has to ask. */
  down(): boolean;
  ask(): void;
  /** When this tab asks next; null: it does not. */
  planned(at: Date | null): void;
  /** Another tab's news. */
  heard(snapshot: Snapshot): void;
  /** The tab is shown again, or the network is back. */
  woken(): void;
}

export interface Vigil {
  /** Asks not before then, in seconds from now, and a random share later. */
  plan(seconds: number): void;
  /** Asks as soon as may be. */
  hurry(): void;
  /** Begins, goes on or ends as the watch and the tab are. */
  update(): void;
  tell(snapshot: Snapshot): void;
  end(): void;
}

/**
 * Who asks, and when. While the API is down one tab holds the lock and asks for all; a hidden tab and one without network hold
 * back. Without locks (a page that is not secure) each tab asks, and puts its question off when another has asked. Without a
 * BroadcastChannel each finds out by itself.
 */
export const keepVigil = (watched: Watched): Vigil => {
  const { document, navigator, BroadcastChannel } = globalThis as Partial<typeof globalThis>;
  const channel = BroadcastChannel && new BroadcastChannel(watched.name);
  const over = new AbortController();
  let due = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn: AbortController | null = null; // ours, or waited for
  let leads = false;

  const present = (): boolean => document?.visibilityState !== 'hidden' && navigator?.onLine !== false;

  const arm = (): void => {
    clearTimeout(timer);
    if (leads) timer = setTimeout(watched.ask, Math.min(due - Date.now(), 2 ** 31 - 1)); // 24 days: no timer runs longer
  };

  const announce = (): void => {
    arm();
    if (leads) watched.planned(new Date(Math.max(due, Date.now())));
  };

  const lead = (signal: AbortSignal): Promise<void> =>
    new Promise((release) => {
      signal.onabort = () => release();
      leads = true;
      announce();
    });

  const update = (): void => {
    const wanted = !over.signal.aborted && watched.down() && present();
    if (wanted && !turn) {
      turn = new AbortController();
      const { signal } = turn;
      const { locks } = navigator ?? {};
      // Rejects when the turn is given up before it came: nothing to do then.
      if (locks) locks.request(watched.name, { signal }, () => lead(signal)).catch(() => {});
      else void lead(signal);
    } else if (!wanted && turn) {
      turn.abort();
      turn = null;
      leads = false;
      arm();
      watched.planned(null);
    }
  };

  const changed = (): void => {
    if (present()) watched.woken();
    update();
  };

  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Snapshot>) => {
      watched.heard(data);
      if (data.nextAttempt) due = +data.nextAttempt + Math.random() * 2e3; // whoever asks first asks for us
      update();
      arm();
    };
  }
  const { signal } = over;
  document?.addEventListener('visibilitychange', changed, { signal });
  for (const type of ['online', 'offline']) globalThis.addEventListener?.(type, changed, { signal });

  return {
    plan(seconds) {
      due = Date.now() + seconds * 1000 * (1 + Math.random() / 10);
      announce();
    },
    hurry() {
      due = Date.now();
      announce();
    },
    update,
    tell: (snapshot) => channel?.postMessage(snapshot),
    end() {
      over.abort();
      update();
      channel?.close();
    },
  };
};
