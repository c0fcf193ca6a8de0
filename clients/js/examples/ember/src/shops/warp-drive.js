import { api } from '../config.js';

/** Through requests to the store and the handlers. */
export function warpDriveShop(owner) {
  const store = owner.lookup('service:store');
  const headers = new Headers({ 'X-Shop-Client': 'web' });

  // Without reload a load within 30 seconds is answered from the cache and nothing is asked.
  const query = (path) =>
    store.request({ url: `${api}/v1/${path}`, method: 'GET', op: 'query', credentials: 'include', headers, cacheOptions: { reload: true } });

  return {
    load: async () => (await query('orders')).content.data.length,
    save: async (note) => {
      const { content } = await store.request({
        url: `${api}/v1/orders`,
        method: 'POST',
        op: 'createRecord',
        credentials: 'include',
        headers: new Headers([...headers, ['Content-Type', 'application/json']]),
        body: JSON.stringify({ note }),
      });
      return content.data.note;
    },
    own503: () => query('own-503'),
    explain: (error) => ({ status: error.status, answer: error.answer }),
  };
}
