// The server over real HTTP, with the API as a function and as another server.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { listen } from '@understudy/testing/server';
import { ask as exchange } from '../real.mjs';

const origin = 'https://shop.example';
const ask = (understudy, ...asked) => exchange(new URL(understudy.url).port, ...asked);
const field = ({ headers }, name) => headers.find(([have]) => have.toLowerCase() === name)?.[1];

test('a function as the API: preflights and CORS are taken care of', async (t) => {
  const understudy = await listen({
    api: async (request) =>
      Response.json({ path: new URL(request.url).pathname, got: await request.text() }, { status: 201, headers: { 'Set-Cookie': 'a=b' } }),
  });
  t.after(() => understudy.close());

  const response = await fetch(`${understudy.url}/orders`, { method: 'POST', body: 'boots', headers: { origin } });
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { path: '/orders', got: 'boots' });
  assert.equal(response.headers.get('Set-Cookie'), 'a=b');
  assert.equal(response.headers.get('Access-Control-Allow-Origin'), origin);

  const asking = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-shop-client' };
  const preflight = await ask(understudy, 'OPTIONS', '/orders', asking);
  assert.equal(preflight.status, 204);
  assert.equal(field(preflight, 'access-control-allow-headers'), 'x-shop-client');

  understudy.on('maintenance', { for: '30m' });
  assert.equal((await fetch(`${understudy.url}/orders`, { method: 'POST', body: 'x'.repeat(1 << 20) })).status, 503);
  const down = await ask(understudy, 'OPTIONS', '/orders', asking);
  assert.equal(down.status, 204);
  assert.equal(field(down, 'access-control-max-age'), '0');

  await understudy.advance('31m');
  assert.equal((await fetch(`${understudy.url}/orders`)).status, 201);
});

test('a function that throws is a 500 of its own, no outage', async (t) => {
  const understudy = await listen({ api: () => Promise.reject(new Error('no such order')) });
  t.after(() => understudy.close());
  const response = await fetch(`${understudy.url}/orders`);
  assert.equal(response.status, 500);
  assert.match(await response.text(), /no such order/);
});

test('another server as the API: everything is passed on as it is', async (t) => {
  const seen = [];
  const upstream = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push([request.method, request.url, request.headers.host, body]);
    response.writeHead(request.method === 'OPTIONS' ? 204 : 200, { 'X-App': 'own', 'Access-Control-Allow-Origin': origin });
    response.end(request.method === 'OPTIONS' ? undefined : 'own');
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const api = `http://127.0.0.1:${upstream.address().port}`;
  const understudy = await listen({ api: `${api}/v1/` });
  t.after(async () => {
    await understudy.close();
    upstream.close();
    upstream.closeAllConnections();
  });

  const response = await fetch(`${understudy.url}/orders?all`, { method: 'POST', body: 'boots' });
  assert.equal(await response.text(), 'own');
  assert.equal(response.headers.get('X-App'), 'own');
  assert.equal((await ask(understudy, 'OPTIONS', '/orders', { origin })).status, 204);
  assert.deepEqual(seen, [
    ['POST', '/v1/orders?all', new URL(api).host, 'boots'],
    ['OPTIONS', '/v1/orders', new URL(api).host, ''],
  ]);

  understudy.on('failure');
  assert.equal((await fetch(`${understudy.url}/orders`)).headers.get('Understudy-Reason'), 'failure');
  assert.equal(seen.length, 2);

  understudy.off();
  upstream.close();
  upstream.closeAllConnections();
  assert.equal((await fetch(`${understudy.url}/orders`)).status, 502);
});
