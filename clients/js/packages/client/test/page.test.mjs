// The page element in Chromium: what it shows, to whom, and that it takes nothing away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { eventually, startWorld } from './support/world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let world;
let api;
let understudy;

before(async () => {
  world = await startWorld();
  ({ api, understudy } = world);
});
afterEach(() => world.reset());
after(() => world.stop());

/** A page with the element, which watches and has asked once. */
async function shown(attributes = {}, open = {}) {
  open = { reducedMotion: 'reduce', ...open }; // contrast is measured when nothing fades any more
  const page = await world.open(open);
  await page.evaluate(async (attributes) => {
    document.querySelector('#note').focus();
    const element = document.createElement('understudy-page');
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    document.body.append(element);
    window.w = client.watch({ api });
    await fetch(api + '/v1/orders', { method: 'POST', body: '{}' });
  }, attributes);
  return page;
}

const part = (page, name) => page.locator(`understudy-page [part=${name}] >> visible=true`);
const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
  return found.violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.flat().join(' '))]);
};

for (const [locale, title, retry, dir] of [
  ['en-GB', 'Down for maintenance', 'Try again now', 'ltr'],
  ['de-AT', 'Wartungsarbeiten', 'Jetzt erneut versuchen', 'ltr'],
  ['ar', 'أعمال صيانة', 'إعادة المحاولة الآن', 'rtl'],
]) {
  test(`full page, ${locale}: texts, direction, and no violation, light and dark`, async () => {
    await understudy.command('on', 'shop', '--for', '30m');
    for (const colorScheme of ['light', 'dark']) {
      const page = await shown({}, { locale, colorScheme, reducedMotion: 'reduce' });
      assert.equal(await part(page, 'title').textContent(), title);
      assert.equal(await part(page, 'retry').textContent(), retry);
      const dialog = page.locator('understudy-page dialog');
      assert.deepEqual([await dialog.getAttribute('dir'), await dialog.getAttribute('lang')], [dir, locale.slice(0, 2)]);
      assert.match(await part(page, 'countdown').textContent(), /^↻ .+/);
      assert.deepEqual(await violations(page), []);
      await page.context().close();
    }
  });
}

test('it takes no box and says nothing while the API is open', async () => {
  const page = await shown();
  const boxes = await page.evaluate(() => {
    const element = document.querySelector('understudy-page');
    const visible = [...element.shadowRoot.children].filter((child) => child.checkVisibility());
    return [element.offsetHeight, ...visible.map((child) => [child.role ?? child.getAttribute('role'), child.textContent, child.offsetWidth])];
  });
  // The live region alone is always there, or nothing put into it would be announced: an empty pixel.
  assert.deepEqual(boxes, [0, ['status', '', 1]]);
  assert.deepEqual(await violations(page), []);
});

test('focus goes into the page, stays there, and comes back; what was typed stays', async () => {
  await understudy.command('on', 'shop');
  const page = await world.open();
  await page.locator('#note').pressSequentially('half a senten');
  await page.evaluate(async () => {
    document.body.append(document.createElement('understudy-page'));
    window.w = client.watch({ api });
    await fetch(api + '/v1/orders');
  });
  const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.getAttribute('part') ?? document.activeElement.id ?? document.activeElement.tagName);
  assert.equal(await focused(), 'title');
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('Tab');
    assert.notEqual(await focused(), 'note');
    assert.notEqual(await focused(), 'save');
  }
  for (let i = 0; i < 3; i++) await page.keyboard.press('Escape');
  assert.ok(await part(page, 'page').isVisible());
  await understudy.command('off', 'shop');
  await eventually(async () => !(await part(page, 'page').isVisible()), 'the page is gone');
  assert.equal(await focused(), 'note');
  await page.keyboard.type('ce');
  assert.equal(await page.locator('#note').inputValue(), 'half a sentence');
});

test('"retry now" asks now', async () => {
  await understudy.command('on', 'shop', '--for', '30m');
  const page = await shown();
  await understudy.command('off', 'shop');
  await part(page, 'retry').click();
  await eventually(async () => !(await part(page, 'page').isVisible()), 'the page is gone');
});

test('as a banner it leaves the application usable, is announced, and can be dismissed', async () => {
  await understudy.command('on', 'shop');
  const page = await shown({ mode: 'banner' });
  assert.ok(await part(page, 'banner').isVisible());
  assert.equal(await page.locator('understudy-page >> [role=status]').last().textContent(), 'Down for maintenance\nWe are currently performing maintenance.');
  assert.deepEqual(await violations(page), []);
  await page.locator('#note').fill('still works');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  assert.equal(await part(page, 'banner').count(), 0);
});

test('read-only is a banner; failure is a page with its own text', async () => {
  await understudy.command('on', 'shop', '--read-only');
  const page = await shown();
  assert.equal(await part(page, 'banner').locator('h1').textContent(), 'Read-only for now');
  assert.deepEqual(await violations(page), []);
  await understudy.command('off', 'shop');
  await eventually(async () => !(await part(page, 'banner').count()), 'the banner is gone');
  api.dead = true;
  await page.evaluate(() => fetch(api + '/v1/orders'));
  assert.equal(await part(page, 'title').textContent(), 'Something went wrong');
  assert.deepEqual(await violations(page), []);
});

test('a window is announced by a banner, without the words of one that has begun', async () => {
  const at = (minutes) => new Date(Date.now() + minutes * 6e4).toISOString();
  const { stdout } = await understudy.command('window', 'add', 'shop', '--start', at(60), '--end', at(120), '--json');
  const page = await shown();
  await part(page, 'banner').waitFor();
  assert.equal(await part(page, 'title').textContent(), 'Planned maintenance');
  assert.equal(await part(page, 'message').count(), 0);
  assert.match(await part(page, 'time').textContent(), /\d\d:\d\d–\d\d:\d\d/);
  assert.equal(await part(page, 'retry').count(), 0);
  assert.deepEqual(await violations(page), []);
  const persian = await shown({}, { locale: 'fa' });
  await part(persian, 'banner').waitFor();
  assert.deepEqual([await part(persian, 'banner').getAttribute('lang'), await part(persian, 'banner').getAttribute('dir')], ['fa', 'rtl']);
  await understudy.command('window', 'remove', /w-[0-9a-f]+/.exec(stdout)[0]);
});

test('under the strictest policy it is as it should be, without a complaint', async () => {
  await understudy.command('on', 'shop');
  const page = await shown({}, { path: '/strict' });
  assert.equal(await part(page, 'page').evaluate((element) => getComputedStyle(element).position), 'fixed');
  assert.equal(await part(page, 'retry').evaluate((element) => getComputedStyle(element).backgroundColor), 'rgb(122, 33, 56)');
  assert.deepEqual(page.complaints, []);
});

test('lang chooses another language, custom properties and parts another look', async () => {
  await understudy.command('on', 'shop');
  const page = await shown({ lang: 'de' });
  assert.equal(await part(page, 'title').textContent(), 'Wartungsarbeiten');
  await page.addStyleTag({ content: 'understudy-page { --understudy-accent: rgb(1, 2, 3) } understudy-page::part(title) { color: rgb(4, 5, 6) }' });
  assert.equal(await part(page, 'retry').evaluate((element) => getComputedStyle(element).backgroundColor), 'rgb(1, 2, 3)');
  assert.equal(await part(page, 'title').evaluate((element) => getComputedStyle(element).color), 'rgb(4, 5, 6)');
});

test('reduced motion is respected', async () => {
  await understudy.command('on', 'shop');
  for (const [reducedMotion, animations] of [['no-preference', 1], ['reduce', 0]]) {
    const page = await shown({}, { reducedMotion });
    const running = await part(page, 'page').evaluate((element) => (getComputedStyle(element).animationName === 'none' ? 0 : 1));
    assert.equal(running, animations);
    await page.context().close();
  }
});

test('at 200 % and on a small phone nothing is cut off', async () => {
  await understudy.command('on', 'shop', '--for', '30m');
  const page = await shown({}, { viewport: { width: 320, height: 400 } });
  const wide = await part(page, 'page').evaluate((element) => element.scrollWidth - element.clientWidth);
  assert.equal(wide, 0);
  await part(page, 'retry').scrollIntoViewIfNeeded();
  assert.ok(await part(page, 'retry').isVisible());
});

test('an element that comes before its watch finds it, and loses it when it is stopped', async () => {
  await understudy.command('on', 'shop');
  const page = await world.open();
  await page.evaluate(async () => {
    document.body.append(document.createElement('understudy-page'));
    window.w = client.watch({ api });
    await fetch(api + '/v1/orders');
  });
  assert.ok(await part(page, 'page').isVisible());
  await page.evaluate(() => w.stop());
  assert.equal(await part(page, 'page').count(), 0);
});
