// Mock Service Worker as it stands before a front end's own tests in Node.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { createUnderstudy } from '@understudy/testing';
import { understudyHandlers } from '@understudy/testing/msw';

const api = 'https://api.shop.example';
const understudy = createUnderstudy();
const server = setupServer(
  ...understudyHandlers(understudy, api),
  http.get(`${api}/orders`, () => HttpResponse.json([1, 2, 3])),
  http.post(`${api}/orders`, () => HttpResponse.json({}, { status: 201 })),
);
before(() => server.listen({ onUnhandledRequest: 'error' }));
beforeEach(() => understudy.off());
after(() => server.close());

test('open: the application’s own handlers answer', async () => {
  assert.deepEqual(await (await fetch(`${api}/orders`)).json(), [1, 2, 3]);
});

test('maintenance: the server’s answer, in the language that was asked for, until it is over', async () => {
  understudy.on('maintenance', { for: '30m' });
  const response = await fetch(`${api}/orders`, { headers: { 'Accept-Language': 'de-AT' } });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('Understudy-Reason'), 'maintenance');
  assert.equal((await response.json()).title, 'Wartungsarbeiten');
  await understudy.advance('31m');
  assert.equal((await fetch(`${api}/orders`)).status, 200);
});

test('read-only: reads pass', async () => {
  understudy.on('read-only');
  assert.equal((await fetch(`${api}/orders`)).status, 200);
  assert.equal((await fetch(`${api}/orders`, { method: 'POST' })).headers.get('Understudy-Reason'), 'read-only');
});

test('status.json', async () => {
  understudy.plan({ in: '1h', for: '1h' });
  assert.equal((await (await fetch(`${api}/_understudy/status.json`)).json()).lifecycle, 'announced');
});
