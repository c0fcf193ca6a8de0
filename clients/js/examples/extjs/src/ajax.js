/** Orders by `Ext.Ajax`. */
export const throughAjax = (Ext, api, failed) => ({
  load(loaded) {
    Ext.Ajax.request({
      url: `${api}/v1/orders`,
      success: (response) => loaded(Ext.decode(response.responseText).length),
      failure: failed,
    });
  },
  save(note, saved) {
    Ext.Ajax.request({
      url: `${api}/v1/orders`,
      method: 'POST',
      jsonData: { note },
      success: (response) => saved(Ext.decode(response.responseText).note),
      failure: failed,
    });
  },
});
