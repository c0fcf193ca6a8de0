// The build for a script tag: reads what to do from its own element.
import { watch } from './watch.js';
import type { Options } from './types.js';

export { UnderstudyPage } from './page.js';
export * from './index.js';

const own = document.currentScript as HTMLScriptElement | null;

if (own) {
  const { api, hold, probe, status, page } = own.dataset;
  // Served by understudy itself, it knows whom it stands in for.
  const apis = api?.split(/\s+/) ?? (own.src.includes('/_understudy/') ? [new URL(own.src).origin] : null);
  if (apis) {
    const options: Options = { api: apis, hold: hold != null };
    if (probe) options.probe = probe;
    if (status) options.status = status !== 'none' && status;
    watch(options);
  }
  if (page != null) {
    const element = document.createElement('understudy-page');
    element.setAttribute('mode', page || 'auto');
    // Beside the body's contents, which may not be there yet, and which applications replace.
    document.documentElement.append(element);
  }
}
