// The fixture as the front end's own tests use it, with a page of another origin.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test as base } from '@playwright/test';
import { createUnderstudy } from '@understudy/testing';
import { routeUnderstudy, understudyFixtures } from '@understudy/testing/playwright';

const seen = [];
const api = (request) => {
  seen.push(request.method);
  return Response.json([1, 2, 3]);
};

const test = base.extend({
  ...understudyFixtures({ api }),
  front: async ({}, use) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Shop</title>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await use(`http://127.0.0.1:${server.address().port}`);
    server.close();
    server.closeAllConnections();
  },
});

/** What the page's script sees of a request that needs a preflight; the status 0 stands for a failed one. */
const load = (page, url) =>
  page.evaluate(async (url) => {
    try {
      const response = await fetch(`${url}/orders`, { headers: { 'X-Shop-Client': 'web' }, credentials: 'include' });
      const header = (name) => response.headers.get(name);
      return { status: response.status, reason: header('Understudy-Reason'), retryAfter: Number(header('Retry-After')), body: await response.json() };
    } catch {
      return { status: 0 };
    }
  }, url);

test('a maintenance across origins, in the page’s language, over when the clock says so', async ({ page, understudy, front }) => {
  await page.goto(front);
  expect((await load(page, understudy.url)).body).toEqual([1, 2, 3]);

  understudy.on('maintenance', { for: '30m' });
  const refused = await load(page, understudy.url);
  expect(refused).toMatchObject({ status: 503, reason: 'maintenance', body: { title: 'Wartungsarbeiten' } });
  expect(Math.abs(refused.retryAfter - 1800)).toBeLessThanOrEqual(1);

  await understudy.advance('31m');
  expect((await load(page, understudy.url)).status).toBe(200);
});

test('the page’s own clock and timers are moved with it', async ({ page, understudy, front }) => {
  await page.goto(front);
  const before = await page.evaluate(() => {
    setTimeout(() => (window.rang = true), 30 * 60_000);
    return Date.now();
  });
  await understudy.advance('31m');
  expect(await page.evaluate(() => window.rang)).toBe(true);
  expect((await page.evaluate(() => Date.now())) - before).toBeGreaterThanOrEqual(31 * 60_000);
  expect(Math.abs((await page.evaluate(() => Date.now())) - understudy.now)).toBeLessThan(2000);
});

test.describe('origins', () => {
  test.use(understudyFixtures({ origins: ['https://elsewhere.example'] }));

  test('a page whose origin is not allowed sees nothing', async ({ page, understudy, front }) => {
    await page.goto(front);
    understudy.on('maintenance');
    expect(await load(page, understudy.url)).toEqual({ status: 0 });
  });
});

test('by route, for an API whose address is fixed', async ({ page, front }) => {
  const url = 'http://api.shop.example';
  const understudy = createUnderstudy();
  await page.route(`${url}/**`, (route) => route.fulfill({ json: [1, 2, 3], headers: { 'Access-Control-Allow-Origin': front, 'Access-Control-Allow-Credentials': 'true' } }));
  await routeUnderstudy(page, `${url}/**`, understudy);
  await page.goto(front);
  expect((await load(page, url)).body).toEqual([1, 2, 3]);

  understudy.on('maintenance');
  expect(await load(page, url)).toMatchObject({ status: 503, reason: 'maintenance', retryAfter: 600 });
});

test('by route there are no preflights: what is wrong with them is not seen', async ({ page, understudy, front }) => {
  await page.goto(front);
  seen.length = 0;
  const asked = [];
  await page.route(`${understudy.url}/**`, (route) => {
    asked.push(route.request().method());
    return route.fallback();
  });
  await load(page, understudy.url);
  expect(asked).toEqual(['GET']);
});
