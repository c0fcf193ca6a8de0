import { watch as begin, type Answer, type Options, type Snapshot, type State, type Watch } from '@understudy/client';
import { computed, inject, shallowReadonly, shallowRef, type ComputedRef, type InjectionKey, type Plugin, type ShallowRef } from 'vue';

export interface Understudy {
  readonly watch: Watch;
  readonly snapshot: Readonly<ShallowRef<Snapshot>>;
  readonly state: ComputedRef<State>;
  readonly answer: ComputedRef<Answer | null>;
}

const key: InjectionKey<Understudy> = Symbol('understudy');

/**
 * `app.use(understudy, { api: 'https://api.shop.example' })`, with the options of `watch()`, or with a watch that you made and stop
 * yourself.
 */
export const understudy: Plugin<[Options | Watch]> = {
  install(app, given) {
    const own = 'subscribe' in given ? null : begin(given);
    const watch = own ?? (given as Watch);
    const snapshot = shallowRef(watch.snapshot);
    const end = watch.subscribe((now) => {
      snapshot.value = now;
    });
    app.onUnmount(() => {
      end();
      own?.stop();
    });
    app.provide(key, {
      watch,
      snapshot: shallowReadonly(snapshot),
      state: computed(() => snapshot.value.state),
      answer: computed(() => snapshot.value.answer),
    });
  },
};

/** What the API is like, as refs, and the watch itself. */
export function useUnderstudy(): Understudy {
  const found = inject(key, null);
  if (!found) throw new Error('Nobody watches an API: app.use(understudy, { api: … }) of @understudy/vue is missing.');
  return found;
}
