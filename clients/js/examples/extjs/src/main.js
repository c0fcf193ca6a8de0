import { watch } from '@understudy/client';
import '@understudy/client/page';
import { observe } from '@understudy/extjs';
import { throughAjax } from './ajax.js';
import { throughRest } from './rest.js';

const parameters = new URLSearchParams(location.search);
const api = parameters.get('api');
window.shop = { watch: watch({ api }) };

const { Ext } = window;
observe(Ext);
Ext.Ajax.setUseDefaultXhrHeader(false); // else X-Requested-With goes to other origins, too, and their preflight has to allow it
Ext.Ajax.setWithCredentials(true);
Ext.Ajax.setDefaultHeaders({ 'X-Shop-Client': 'web' });

Ext.onReady(() => {
  const shop = new Ext.app.ViewModel({ data: { note: '', outcome: '' } });

  const failed = (response) => {
    const answer = response.understudy;
    shop.set('outcome', answer ? `refused ${response.status} ${answer.reason}` : `error ${response.status}`);
  };
  const { load, save } = { ajax: throughAjax, rest: throughRest }[parameters.get('stack') ?? 'ajax'](Ext, api, failed);
  const own503 = () =>
    Ext.Ajax.request({ url: `${api}/v1/own-503`, success: () => shop.set('outcome', 'answered'), failure: failed });
  const press = (act) => () => {
    shop.set('outcome', '');
    shop.notify(); // at once: bindings wait a moment, and the answer may come sooner
    act();
  };

  Ext.create({
    xtype: 'container',
    renderTo: 'shop',
    viewModel: shop,
    items: [
      { xtype: 'textfield', fieldLabel: 'Note', inputId: 'note', width: 400, bind: '{note}' },
      { xtype: 'button', id: 'load', text: 'Load orders', handler: press(() => load((count) => shop.set('outcome', `loaded ${count} orders`))) },
      { xtype: 'button', id: 'save', text: 'Save', handler: press(() => save(shop.get('note'), (note) => shop.set('outcome', `saved ${note}`))) },
      { xtype: 'button', id: 'own503', text: "The API's own 503", handler: press(own503) },
      { xtype: 'component', id: 'outcome', bind: '{outcome:htmlEncode}' },
    ],
  });
});
