// Ext JS by script tags, with a watch that patches nothing: all that it learns comes from requestexception.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { listen } from '@understudy/testing/server';
import { extPath } from '../../../examples/extjs/ext.mjs';
import { open } from '../../testing/support/browser.mjs';

const require = createRequire(import.meta.url);

test('requestexception tells the watch, and the answer is on the response and on the operation', async (t) => {
  const posted = [];
  const understudy = await listen({
    retryAfter: '1s',
    async api(request) {
      if (request.method === 'POST') posted.push(await request.json());
      return Response.json([{}], { status: request.url.includes('/busy') ? 503 : 200 });
    },
  });
  t.after(() => understudy.close());
  const setUp = `
    const watch = understudy.watch({ api: '${understudy.url}', patch: false, announce: 0, probe: '${understudy.url}/orders' });
    const orders = '${understudy.url}/orders';
    const other = new Ext.data.Connection();
    const undo = understudyExtJs.observe(Ext, { connections: [other] });
    const said = ({ status, understudy }) => (understudy ? understudy.title : status);
    const ask = (connection, path) => new Promise((done) => connection.request({ url: '${understudy.url}' + path, success: () => done('ok'), failure: (response) => done(said(response)) }));
    const load = () => new Promise((done) => new Ext.data.Store({ fields: [], proxy: { type: 'rest', url: '${understudy.url}/orders' } })
      .load((records, operation, success) => done(success ? records.length : said(operation.getError().response))));`;
  const { page, errors, close } = await open({
    body: '',
    scripts: [extPath(), require.resolve('@understudy/client/understudy.js'), require.resolve('@understudy/extjs/understudy-extjs.js'), { script: setUp }],
  });
  t.after(close);
  const state = () => page.evaluate(() => watch.state);
  const recovered = async () => {
    understudy.off();
    await page.evaluate(() => watch.retry());
    assert.equal(await state(), 'open');
  };

  assert.equal(await page.evaluate(() => ask(Ext.Ajax, '/orders')), 'ok');
  assert.equal(await page.evaluate(() => ask(Ext.Ajax, '/busy')), 503);
  assert.equal(await page.evaluate(() => load()), 1);
  assert.equal(await state(), 'open');

  for (const asking of ["ask(Ext.Ajax, '/orders')", "ask(other, '/orders')", 'load()']) {
    understudy.on('maintenance');
    assert.equal(await page.evaluate(asking), 'Wartungsarbeiten', asking);
    assert.equal(await state(), 'maintenance', asking);
    await recovered();
  }

  // What could not be sent stays in the store, and is sent by the next sync.
  understudy.on('maintenance');
  const outcomes = await page.evaluate(async () => {
    const store = (window.store = new Ext.data.Store({ fields: ['note'], proxy: { type: 'rest', url: orders, useDefaultXhrHeader: false } }));
    return new Promise((done) => {
      store.getProxy().on('exception', (proxy, response) => done(said(response)));
      store.add({ note: 'boots' });
      store.sync();
    });
  });
  assert.equal(outcomes, 'Wartungsarbeiten');
  await recovered();
  assert.deepEqual(posted, []);
  await page.evaluate(() => new Promise((done) => store.sync({ callback: done })));
  assert.deepEqual(posted.map(({ note }) => note), ['boots']);

  await page.evaluate(() => undo());
  understudy.on('maintenance');
  assert.equal(await page.evaluate(() => ask(Ext.Ajax, '/orders')), 503);
  assert.equal(await state(), 'open');
  assert.deepEqual(errors, []);
});

test('without a watch it says so', async () => {
  const { observe } = await import('@understudy/extjs');
  assert.throws(() => observe({}), /watch\(\{ api \}\)/);
});
