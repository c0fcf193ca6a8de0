import type Owner from '@ember/owner';
import Service from '@ember/service';
import { tracked } from '@glimmer/tracking';
import { current, parseAnswer, UnderstudyError } from '@understudy/client';
import type { Answer, Snapshot, State, Watch } from '@understudy/client';

/** What the API is like, tracked, and a fetch that rejects with understudy's answer. */
export default class UnderstudyService extends Service {
  @tracked snapshot: Snapshot;
  readonly #end: () => void;

  constructor(owner?: Owner) {
    super(owner);
    this.snapshot = this.watch.snapshot;
    this.#end = this.watch.subscribe((snapshot) => {
      if (snapshot !== this.snapshot) this.snapshot = snapshot;
    });
  }

  /** The last watch that was made. A subclass with a getter of its own chooses another. */
  get watch(): Watch {
    const watch = current();
    if (!watch) throw new Error('There is no watch: call watch({ api }) before the application starts.');
    return watch;
  }

  get state(): State {
    return this.snapshot.state;
  }

  get answer(): Answer | null {
    return this.snapshot.answer;
  }

  /** As the global fetch, but rejects with an UnderstudyError where understudy answered. The API's own 503 is handed on unread. */
  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const response = await this.watch.fetch(input, init);
    if (response.status !== 503) return response;
    const answer = parseAnswer(503, (name) => response.headers.get(name), await response.clone().text());
    if (answer) throw new UnderstudyError(answer);
    return response;
  }

  override willDestroy(): void {
    this.#end();
    super.willDestroy();
  }
}

declare module '@ember/service' {
  interface Registry {
    understudy: UnderstudyService;
  }
}
