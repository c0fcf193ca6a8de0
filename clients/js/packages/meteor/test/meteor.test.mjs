// Meteor's client side by script tags, with a watch that patches nothing: all that it learns comes from DDP's status.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { listen } from '@understudy/testing/server';
import { open } from '../../testing/support/browser.mjs';

const require = createRequire(import.meta.url);

test('DDP that waits has the watch ask, and connects again at once when the API is back', async (t) => {
  const asked = [];
  const understudy = await listen({
    retryAfter: '1s',
    api(request) {
      asked.push(new URL(request.url).pathname);
      return asked.at(-1) === '/orders' ? Response.json([]) : new Response(null, { status: 404 });
    },
  });
  t.after(() => understudy.close());
  const { page, errors, close } = await open({
    body: '<p id="state"></p>',
    scripts: [
      { script: `__meteor_runtime_config__ = { DDP_DEFAULT_CONNECTION_URL: '${understudy.url}' };` },
      require.resolve('meteor-client-side'),
      require.resolve('@understudy/client/understudy.js'),
      require.resolve('@understudy/meteor/understudy-meteor.js'),
      {
        script: `
          const watch = understudy.watch({ api: '${understudy.url}', patch: false, announce: 0, probe: '${understudy.url}/orders' });
          const api = understudyMeteor.observe(Meteor, Tracker);
          Tracker.autorun(() => (document.querySelector('#state').textContent = api.snapshot().state));`,
      },
    ],
  });
  t.after(close);
  const shown = (state) => page.waitForFunction((state) => document.querySelector('#state').textContent === state, state);
  // Forced, since its own back-off would take its time.
  const waitOnce = () => page.evaluate(() => Meteor.reconnect());

  // No DDP server is there, so it waits; but the API is open, and that is what is said.
  await page.waitForFunction(() => Meteor.status().status === 'waiting');
  await shown('open');

  understudy.on('maintenance');
  await waitOnce();
  await shown('maintenance');

  // So long that it would not try again by itself before the test is over.
  await page.waitForFunction(() => Meteor.status().status === 'waiting');
  await page.evaluate(() => (Meteor.connection._stream._retry._timeout = () => 600_000) && Meteor.reconnect());
  await page.waitForFunction(() => Meteor.status().retryTime - Date.now() > 300_000);
  asked.length = 0;
  understudy.off();
  await shown('open');
  await page.waitForFunction(() => Meteor.status().status === 'waiting');
  assert.ok(asked.includes('/sockjs/info'), `asked ${asked}`);

  await page.evaluate(() => api.stop());
  understudy.on('maintenance');
  await waitOnce();
  await page.waitForFunction(() => Meteor.status().status === 'waiting');
  assert.equal(await page.evaluate(() => watch.state), 'open');
  assert.deepEqual(errors, []);
});

test('DDP that is connected again has the watch ask, too; one that stands does not', async () => {
  const { observe } = await import('@understudy/meteor');
  const runs = [];
  const Tracker = {
    autorun: (run) => (runs.push(run), run(), { stop() {} }),
    nonreactive: (run) => run(),
    Dependency: class {
      depend() {}
      changed() {}
    },
  };
  let status = 'connected';
  let asked = 0;
  const watch = { snapshot: { state: 'open' }, on: () => () => {}, retry: async () => void asked++ };
  observe({ status: () => ({ status }), reconnect() {} }, Tracker, { watch });
  const becomes = (next) => {
    status = next;
    for (const run of runs) run();
    return asked;
  };

  assert.equal(asked, 0);
  watch.snapshot = { state: 'maintenance' };
  assert.equal(becomes('waiting'), 0);
  assert.equal(becomes('connecting'), 0);
  assert.equal(becomes('connected'), 1);
  watch.snapshot = { state: 'open' };
  assert.equal(becomes('waiting'), 2);
});

test('without a watch it says so', async () => {
  const { observe } = await import('@understudy/meteor');
  assert.throws(() => observe({}), /watch\(\{ api \}\)/);
});
