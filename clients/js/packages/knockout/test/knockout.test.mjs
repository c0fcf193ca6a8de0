// Knockout and jQuery by script tags, with a watch that patches nothing: all that it learns comes from ajaxError.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { listen } from '@understudy/testing/server';
import { open } from '../../testing/support/browser.mjs';

const require = createRequire(import.meta.url);

test('ajaxError tells the watch, the observables follow, the answer is the response’s', async (t) => {
  const understudy = await listen({ retryAfter: '1s', api: (request) => Response.json([], { status: request.url.endsWith('/busy') ? 503 : 200 }) });
  t.after(() => understudy.close());
  const setUp = `
    const watch = understudy.watch({ api: '${understudy.url}', patch: false, announce: 0, probe: '${understudy.url}/orders' });
    const shop = understudyKnockout.observe(ko, { jquery: $ });
    shop.changes = ko.observableArray();
    shop.state.subscribe((state) => shop.changes.push(state));
    shop.ask = (path) => new Promise((done) => $.ajax('${understudy.url}' + path).always((a, outcome, b) =>
      done(outcome === 'success' ? 'ok' : understudyKnockout.answerOf(a)?.reason ?? a.status)));
    ko.applyBindings(shop);`;
  const { page, errors, close } = await open({
    body: '<p id="state" data-bind="text: state"></p><p id="title" data-bind="text: answer()?.title"></p><button data-bind="click: retry, enable: down">Retry</button>',
    scripts: [
      require.resolve('jquery'),
      require.resolve('knockout'),
      require.resolve('@understudy/client/understudy.js'),
      require.resolve('@understudy/knockout/understudy-knockout.js'),
      { script: setUp },
    ],
  });
  t.after(close);
  const ask = (path) => page.evaluate((path) => shop.ask(path), path);

  assert.equal(await ask('/orders'), 'ok');
  assert.equal(await ask('/busy'), 503);
  assert.equal(await page.textContent('#state'), 'open');
  assert.ok(await page.isDisabled('button'));

  understudy.on('maintenance');
  assert.equal(await ask('/orders'), 'maintenance');
  assert.equal(await page.textContent('#state'), 'maintenance');
  assert.equal(await page.textContent('#title'), 'Wartungsarbeiten');

  understudy.off();
  await page.click('button');
  await page.waitForFunction(() => document.querySelector('#state').textContent === 'open');
  assert.deepEqual(await page.evaluate(() => shop.changes()), ['maintenance', 'recovered', 'open']);

  await page.evaluate(() => shop.dispose());
  understudy.on('maintenance');
  assert.equal(await ask('/orders'), 'maintenance');
  assert.equal(await page.evaluate(() => watch.state), 'open');
  assert.deepEqual(errors, []);
});

test('without a watch it says so', async () => {
  const { observe } = await import('@understudy/knockout');
  assert.throws(() => observe({}), /watch\(\{ api \}\)/);
});
