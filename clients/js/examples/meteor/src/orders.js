import { UnderstudyError, parseAnswer } from '@understudy/client';

/** The orders, by fetch, which is all that `meteor/fetch` is in a browser. */
export function orders(api) {
  async function ask(path, init) {
    const headers = { 'X-Shop-Client': 'web', ...init?.headers };
    const response = await fetch(`${api}${path}`, { credentials: 'include', ...init, headers });
    const body = await response.json();
    if (response.ok) return body;
    const answer = parseAnswer(response.status, (name) => response.headers.get(name), body);
    throw answer ? new UnderstudyError(answer) : Object.assign(new Error(response.statusText), { status: response.status });
  }
  return {
    load: () => ask('/v1/orders'),
    save: (note) =>
      ask('/v1/orders', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ note }) }),
    own503: () => ask('/v1/own-503'),
  };
}
