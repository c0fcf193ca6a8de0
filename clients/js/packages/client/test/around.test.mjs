// What is around the page: tabs that are hidden, and a service worker.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startTabs } from './support/tabs.mjs';
import { eventually, startWorld } from './support/world.mjs';

let world;
let api;
let understudy;

before(async () => {
  world = await startWorld();
  ({ api, understudy } = world);
});
afterEach(() => world.reset());
after(() => world.stop());

test('a hidden tab does not ask, and asks at once when it is shown', async () => {
  await understudy.command('on', 'shop');
  const tabs = await startTabs();
  try {
    const tab = await tabs.open(world.site.origin);
    await eventually(() => tab.evaluate('!!window.client'), 'the library is there');
    await tab.evaluate(`window.w = client.watch({ api: '${api.origin}', announce: 0 }); fetch('${api.origin}/v1/orders').then(() => {})`);
    await eventually(() => api.count('GET /v1/orders') > 1, 'it asks while it is shown');
    const other = await tabs.open('about:blank');
    await other.show();
    await eventually(() => tab.evaluate("document.visibilityState === 'hidden' && w.snapshot.nextAttempt === null && !w.snapshot.asking"), 'it pauses');
    assert.equal(await tab.evaluate('navigator.locks.query().then(({ held }) => held.length)'), 0);
    await understudy.command('off', 'shop');
    const asked = api.seen.length;
    // Far longer than the second that Retry-After says: with a timer it would have asked.
    await other.evaluate('new Promise((done) => setTimeout(done, 3000))');
    assert.equal(api.seen.length, asked);
    await tab.show();
    await eventually(() => tab.evaluate("w.state === 'open'"), 'it is back', 2000);
  } finally {
    await tabs.stop();
  }
});

test('a service worker answers failed navigations with the page, and gives way when the API is back', async () => {
  const page = await world.open();
  await page.evaluate(() => navigator.serviceWorker.register('/worker.js', { type: 'module' }).then(() => {}));
  await eventually(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated'), 'it is active');
  world.site.dead = true;
  await assert.rejects(page.goto(world.site.origin + '/bare'), /ERR_/, 'nobody announced anything: the failure stays one');
  await understudy.command('on', 'shop');
  const response = await page.goto(world.site.origin + '/bare');
  assert.equal(response.status(), 503);
  const title = page.locator('understudy-page [part=title] >> visible=true');
  assert.equal(await title.textContent(), 'Down for maintenance');
  assert.equal(await page.title(), 'Down for maintenance');
  assert.deepEqual(page.complaints, []);
  world.site.dead = false;
  await understudy.command('off', 'shop');
  await page.locator('h1', { hasText: 'Shop' }).waitFor();
});
