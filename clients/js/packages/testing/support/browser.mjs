// A page in the installed Chromium, for the adapters' tests: script tags alone, as users without a build step have them.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

export const chromiumOptions = {
  executablePath: process.env.UNDERSTUDY_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

/** Opens a page that holds `body` and loads these files in their order; each is a path, or text of its own in { script }. */
export async function open({ body, scripts }) {
  const server = createServer(async (request, response) => {
    const found = /^\/(\d+)\.js$/.exec(request.url);
    if (found) {
      const script = scripts[found[1]];
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(script.script ?? (await readFile(script)));
    } else if (request.url === '/') {
      const tags = scripts.map((_, at) => `<script src="/${at}.js"></script>`).join('');
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Shop</title>${body}${tags}`);
    } else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch(chromiumOptions);
  const page = await browser.newPage({ locale: 'de-DE' });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return {
    page,
    errors,
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
