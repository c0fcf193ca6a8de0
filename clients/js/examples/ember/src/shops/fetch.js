import { api } from '../config.js';

/** Through the service: its fetch rejects with the answer where understudy gave one. */
export function fetchShop(owner) {
  const understudy = owner.lookup('service:understudy');

  async function ask(path, init = {}) {
    const response = await understudy.fetch(`${api}/v1/${path}`, {
      ...init,
      credentials: 'include',
      headers: { 'X-Shop-Client': 'web', ...init.headers },
    });
    if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
    return response.json();
  }

  return {
    load: async () => (await ask('orders')).length,
    save: async (note) => {
      const body = JSON.stringify({ note });
      return (await ask('orders', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).note;
    },
    own503: () => ask('own-503'),
    explain: (error) => ({ status: error.answer?.status ?? error.status, answer: error.answer }),
  };
}
