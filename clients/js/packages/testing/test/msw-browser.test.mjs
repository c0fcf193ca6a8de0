// Mock Service Worker in Chromium, as it stands before a front end's tests in the browser.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { chromiumOptions } from '../support/browser.mjs';

const require = createRequire(import.meta.url);
const api = 'https://api.shop.example';

const application = `
  import { http, HttpResponse } from 'msw';
  import { setupWorker } from 'msw/browser';
  import { createUnderstudy } from '@understudy/testing';
  import { understudyHandlers } from '@understudy/testing/msw';

  window.understudy = createUnderstudy();
  const worker = setupWorker(...understudyHandlers(understudy, '${api}'), http.get('${api}/orders', () => HttpResponse.json([1, 2, 3])));
  await worker.start({ quiet: true });
  window.load = async () => {
    const response = await fetch('${api}/orders', { credentials: 'include', headers: { 'X-Shop-Client': 'web' } });
    return { status: response.status, reason: response.headers.get('Understudy-Reason'), body: await response.json() };
  };`;

test('in the browser', async (t) => {
  const bundle = await build({
    stdin: { contents: application, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  const files = {
    '/': ['text/html', '<!doctype html><title>Shop</title><script type="module" src="/app.js"></script>'],
    '/app.js': ['text/javascript', bundle.outputFiles[0].text],
    '/mockServiceWorker.js': ['text/javascript', readFileSync(require.resolve('msw/mockServiceWorker.js'))],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url] ?? ['text/plain', ''];
    response.writeHead(files[request.url] ? 200 : 404, { 'Content-Type': type }).end(content);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch(chromiumOptions);
  t.after(async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  });

  const page = await browser.newPage({ locale: 'de-DE' });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => window.load);
  const load = () => page.evaluate(() => window.load());

  assert.deepEqual((await load()).body, [1, 2, 3]);
  await page.evaluate(() => understudy.on('maintenance', { for: '30m' }));
  const refused = await load();
  assert.equal(refused.status, 503);
  assert.equal(refused.reason, 'maintenance');
  assert.equal(refused.body.title, 'Wartungsarbeiten');
  await page.evaluate(() => understudy.advance('31m'));
  assert.equal((await load()).status, 200);
});
