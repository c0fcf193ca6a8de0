/** Through models and the adapter. */
export function emberDataShop(owner) {
  const store = owner.lookup('service:store');

  return {
    load: async () => (await store.query('order', {})).length,
    save: async (note) => {
      const order = store.createRecord('order', { note });
      try {
        return (await order.save()).note;
      } catch (error) {
        order.unloadRecord();
        throw error;
      }
    },
    own503: async () => (await store.findAll('own-503', { reload: true })).length,
    explain: (error) => ({ status: Number(error.errors?.[0]?.status), answer: error.answer }),
  };
}
