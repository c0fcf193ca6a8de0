/** Orders by a store with a rest proxy: its errors come as operations, which hold the response. */
export const throughRest = (Ext, api, failed) => {
  const orders = new Ext.data.Store({
    fields: ['note'],
    proxy: { type: 'rest', url: `${api}/v1/orders`, useDefaultXhrHeader: false, withCredentials: true, pageParam: '', startParam: '', limitParam: '' },
  });
  return {
    load(loaded) {
      orders.load((records, operation, success) =>
        success ? loaded(orders.getCount()) : failed(operation.getError().response),
      );
    },
    save(note, saved) {
      const [order] = orders.add({ note });
      order.save({
        success: () => saved(order.get('note')),
        failure: (_, operation) => failed(operation.getError().response),
      });
    },
  };
};
