import { pick } from './answer.js';
import css from './page.css';
import type { Snapshot, Watch } from './types.js';
import { current, made } from './watch.js';
import { words } from './words.js';

/** Writes only what changed, so that nothing is announced anew. */
const put = (element: HTMLElement, text: string): void => {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
};

const make = <T extends keyof HTMLElementTagNameMap>(tag: T, attributes: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[T] => {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]!);
  element.append(...children);
  return element;
};

/** What the full page and the banner have in common. */
const makeParts = (id: string, retry: () => void) => {
  const parts = {
    title: make('h1', { part: 'title', id, tabindex: '-1', autofocus: '' }),
    message: make('p', { part: 'message', id: id + 'm' }),
    label: make('span', {}),
    time: make('b', {}),
    next: make('span', { part: 'countdown', class: 'soft', 'aria-hidden': 'true' }),
    retry: make('button', { part: 'retry' }),
    news: make('p', { class: 'news', role: 'status' }),
  };
  parts.retry.onclick = retry;
  return { ...parts, when: make('p', { part: 'time', class: 'soft' }, parts.label, ' ', parts.time) };
};

// Imported where pages are rendered, without a browser, it defines nothing.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** Shows what a watch says: `<understudy-page mode="auto | full | banner" lang="…">`. */
export class UnderstudyPage extends Base {
  static readonly observedAttributes = ['mode', 'lang'];

  #given: Watch | null = null;
  #snapshot: Snapshot | null = null;
  #unsubscribe: (() => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #tick = (): void => {};
  #occasion = '';
  #dismissed = '';
  #wide = makeParts('w', () => this.#retry());
  #slim = makeParts('s', () => this.#retry());
  #dismiss = make('button', { part: 'dismiss', class: 'quiet' }, '×');
  #dialog: HTMLDialogElement;
  #banner: HTMLElement;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet(); // which no Content-Security-Policy forbids, other than a style element
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];

    const wide = this.#wide;
    const row = make('div', { class: 'row' }, wide.retry, wide.next);
    const text = make('div', { class: 'words' }, wide.title, wide.message, wide.when, row);
    const set = make('div', { class: 'set' }, make('div', { part: 'art', class: 'arch' }), text, wide.news);
    const dialog = make('dialog', { part: 'page', closedby: 'none', 'aria-labelledby': 'w', 'aria-describedby': 'wm' }, set);
    // There is nothing behind it to go back to. Browsers that know no closedby close all the same, if told twice.
    dialog.oncancel = () => false;
    dialog.onclose = () => this.#render();
    this.#dialog = dialog;

    const slim = this.#slim;
    const words = make('div', {}, slim.title, slim.message, slim.when);
    this.#banner = make('section', { part: 'banner', class: 'row', 'aria-labelledby': 's', hidden: '' }, words, slim.next, slim.retry, this.#dismiss);
    this.#dismiss.onclick = () => {
      this.#dismissed = this.#occasion;
      this.#render();
    };
    root.append(dialog, this.#banner, slim.news);
  }

  /** Whose state is shown; unless one is given, the watch that was made last. */
  get watch(): Watch | null {
    return this.#given ?? current();
  }

  set watch(watch: Watch | null) {
    this.#given = watch;
    if (this.isConnected) this.connectedCallback();
  }

  connectedCallback(): void {
    this.disconnectedCallback();
    const follow = (): void => {
      this.#unsubscribe.splice(1).forEach((end) => end());
      const { watch } = this;
      if (watch) this.#unsubscribe.push(watch.subscribe((snapshot) => this.#show(snapshot)));
    };
    made.add(follow);
    this.#unsubscribe.push(() => made.delete(follow));
    follow();
  }

  disconnectedCallback(): void {
    this.#unsubscribe.splice(0).forEach((end) => end());
    this.#show(null);
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  async #retry(): Promise<void> {
    this.#wide.news.textContent = ''; // so that it is said once more if nothing has changed
    await this.watch?.retry();
    this.#render();
  }

  #show(snapshot: Snapshot | null): void {
    this.#snapshot = snapshot;
    this.#render();
  }

  #render(): void {
    clearInterval(this.#timer);
    const { state, answer, window: planned } = this.#snapshot ?? ({ state: 'open', answer: null, window: null } as const);
    const mode = this.getAttribute('mode');
    const wide = !!answer && mode !== 'banner' && (state !== 'read-only' || mode === 'full');
    const announced = state === 'announced';
    this.#occasion = state + +((announced ? planned?.start : answer?.since) ?? 0);
    const slim = !wide && (!!answer || announced) && this.#occasion !== this.#dismissed;

    if (wide || slim) this.#fill(wide ? this.#wide : this.#slim, wide ? this.#dialog : this.#banner);
    this.#banner.hidden = !slim;
    if (!slim) this.#slim.news.textContent = '';
    if (wide !== this.#dialog.open && this.isConnected) this.#dialog[wide ? 'showModal' : 'close']();
    if ((wide || slim) && answer) this.#timer = setInterval(() => this.#tick(), 500);
  }

  /** Writes everything in its language. */
  #fill(parts: ReturnType<typeof makeParts>, box: HTMLElement): void {
    const { state, answer, window: planned } = this.#snapshot!;
    const announced = answer ? null : planned;
    const wanted = [...(this.lang ? [this.lang] : []), ...navigator.languages];
    const texts = (answer ?? planned)!.texts;
    const tag = pick(Object.keys(texts), wanted);
    const said = answer && !(this.lang && tag) ? answer : { language: tag, title: '', message: '', ...texts[tag] };
    const own = pick(Object.keys(words), [said.language || wanted[0]!, ...wanted]);
    const [retry, back, maintenance, dismiss] = words[own] as [string, string, string, string];
    const language = said.language || own;
    box.lang = language;
    box.dir = /^(ar|fa|he|ur)\b/.test(language) ? 'rtl' : 'ltr';
    box.dataset.state = state;

    put(parts.title, said.title || (state === 'failure' ? '503' : maintenance));
    put(parts.message, said.message);
    put(parts.retry, answer ? retry : '');
    const news = said.title + '\n' + said.message;
    if (parts.news.textContent !== news) parts.news.textContent = news; // never hidden, or it would not be announced
    this.#dismiss.title = this.#dismiss.ariaLabel = dismiss;

    // Times in the visitor's regional form of the language.
    const locale = navigator.languages.find((one) => one.split('-')[0] === language.split('-')[0]) ?? language;
    const until = answer?.until;
    const times = new Intl.DateTimeFormat(locale, {
      dateStyle: announced || (until && +until - Date.now() > 432e5) ? 'medium' : undefined,
      timeStyle: 'short',
    });
    this.#tick = () => {
      const { nextAttempt, asking } = this.#snapshot!;
      const minutes = until ? Math.ceil((+until - Date.now()) / 6e4) : 0;
      put(parts.label, announced ? said.title && maintenance : minutes > 0 ? back : '');
      put(
        parts.time,
        announced
          ? times.formatRange(announced.start, announced.end)
          : minutes > 0
            ? times.format(until!) + ' · ' + new Intl.RelativeTimeFormat(locale).format(...((minutes > 99 ? [Math.round(minutes / 60), 'hour'] : [minutes, 'minute']) as [number, 'hour']))
            : '',
      );
      const seconds = nextAttempt ? Math.max(0, Math.ceil((+nextAttempt - Date.now()) / 1e3)) : 0;
      const digits = (number: number, least: number): string => Math.floor(number).toLocaleString(locale, { minimumIntegerDigits: least, useGrouping: false });
      put(parts.next, asking ? '↻ …' : nextAttempt ? '↻ ' + digits(seconds / 60, 1) + ':' + digits(seconds % 60, 2) : '');
    };
    this.#tick();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'understudy-page': UnderstudyPage;
  }
}

if (globalThis.customElements && !customElements.get('understudy-page')) customElements.define('understudy-page', UnderstudyPage);
