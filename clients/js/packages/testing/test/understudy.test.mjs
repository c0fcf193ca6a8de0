import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUnderstudy, milliseconds } from '@understudy/testing';

const ask = (understudy, path = '/orders', init = {}) => understudy.respond(new Request(`https://api.shop.example${path}`, init));
const status = async (understudy) => (await ask(understudy, '/_understudy/status.json')).json();

test('open: requests are the API’s, status.json is answered', async () => {
  const understudy = createUnderstudy();
  assert.equal(ask(understudy), null);
  assert.equal(ask(understudy, '/orders', { method: 'OPTIONS' }), null);
  assert.equal((await status(understudy)).lifecycle, 'open');
});

test('the clock moves until, Retry-After and the end', async () => {
  const understudy = createUnderstudy();
  const begin = understudy.now;
  understudy.on('maintenance', { for: '30m' });
  const first = ask(understudy);
  assert.equal(first.status, 503);
  assert.equal(first.headers.get('Understudy-Reason'), 'maintenance');
  assert.ok(Math.abs(first.headers.get('Retry-After') - 1800) <= 1);
  const { until } = await first.json();
  assert.ok(Math.abs(new Date(until) - begin - 1_800_000) <= 1000);

  await understudy.advance('29m');
  const later = ask(understudy);
  assert.ok(Math.abs(later.headers.get('Retry-After') - 60) <= 1);
  assert.equal((await later.json()).until, until);
  assert.equal((await status(understudy)).mode, 'maintenance');

  await understudy.advance('2m');
  assert.equal(ask(understudy), null);
  assert.equal((await status(understudy)).mode, 'open');
  assert.ok(Math.abs(understudy.now - begin - 31 * 60_000) < 1000);
});

test('off ends it, planned windows too', async () => {
  const understudy = createUnderstudy();
  understudy.on('failure');
  understudy.plan({ in: '1h', for: '1h' });
  assert.equal(ask(understudy).headers.get('Understudy-Reason'), 'failure');
  assert.equal((await status(understudy)).lifecycle, 'announced');
  understudy.off();
  assert.equal(ask(understudy), null);
  assert.equal((await status(understudy)).lifecycle, 'open');
});

test('a window is announced, begins and ends by itself', async () => {
  const understudy = createUnderstudy();
  understudy.plan({ mode: 'read-only', in: '1h', for: '30m', texts: { en: { title: 'New tills' } } });
  const announced = await status(understudy);
  assert.equal(announced.lifecycle, 'announced');
  assert.equal(announced.next.title.en, 'New tills');
  await understudy.advance('1h');
  assert.equal((await status(understudy)).mode, 'read-only');
  assert.equal(ask(understudy), null);
  assert.equal((await ask(understudy, '/orders', { method: 'POST' }).json()).title, 'New tills');
  await understudy.advance('30m');
  assert.equal(ask(understudy, '/orders', { method: 'POST' }), null);
});

test('maintenance is stricter than read-only, whichever was first', () => {
  const understudy = createUnderstudy();
  understudy.plan({ in: 0, for: '1h' });
  understudy.plan({ mode: 'read-only', in: 0, for: '2h' });
  assert.equal(ask(understudy, '/orders', { method: 'POST' }).headers.get('Understudy-Reason'), 'maintenance');
});

test('an origin that is not allowed gets the answer without CORS', () => {
  const understudy = createUnderstudy({ origins: ['https://shop.example'] });
  understudy.on('maintenance');
  const allowed = (origin) => ask(understudy, '/orders', { headers: { origin } }).headers.get('Access-Control-Allow-Origin');
  assert.equal(allowed('https://shop.example'), 'https://shop.example');
  assert.equal(allowed('https://elsewhere.example'), null);
});

test('a clock of the test’s own is the one that is moved', async () => {
  const moved = [];
  const understudy = createUnderstudy({ clock: { now: () => 1_800_000_000_000, advance: (by) => void moved.push(by) } });
  await understudy.advance('1h30m');
  assert.deepEqual(moved, [5_400_000]);
  assert.equal(understudy.now.toISOString(), '2027-01-15T08:00:00.000Z');
});

test('durations', () => {
  assert.equal(milliseconds('1h30m'), 5_400_000);
  assert.equal(milliseconds('7d'), 604_800_000);
  assert.equal(milliseconds(250), 250);
  for (const wrong of ['', '30', 'm', '30 m', '1.5h']) assert.throws(() => milliseconds(wrong), TypeError);
});
