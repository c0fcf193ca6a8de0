// The world of the browser tests: the real understudy, an API behind a front that asks understudy's gate as a proxy does, and a site
// on another origin whose pages load the built library. Nothing is intercepted in the browser.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const binary = process.env.UNDERSTUDY_BINARY ?? fileURLToPath(new URL('../../../../../../build/release/understudy', import.meta.url));
export const chromiumPath = process.env.UNDERSTUDY_CHROMIUM ?? '/usr/bin/chromium';
export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const dist = new URL('../../dist/', import.meta.url);
const run = promisify(execFile);

/** Until it holds: an assertion that will come true. */
export async function eventually(check, what, limit = 15000) {
  const end = Date.now() + limit;
  for (;;) {
    let error;
    try {
      const found = await check();
      if (found) return found;
    } catch (caught) {
      error = caught;
    }
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what ?? check}`, { cause: error });
    await new Promise((next) => setTimeout(next, 20));
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function listen(handler) {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

const configuration = (port, home) => `
[server]
listen = ["127.0.0.1:${port}"]
[admin]
listen = ["unix:${home}/admin.sock"]
[store]
path = "${home}/state.db"
[groups.shop]
id = "9e428b69-47e2-48b7-a694-bb2222bf48c3"
default = true
retry_after = "1s"
retry_jitter = 0
[groups.shop.cors]
origins = ["http://127.0.0.1:*", "http://localhost:*"]
credentials = true
[groups.shop.maintenance.en]
title = "Down for maintenance"
message = "We are currently performing maintenance."
[groups.shop.maintenance.de]
title = "Wartungsarbeiten"
message = "Wir führen gerade Wartungsarbeiten durch."
[groups.shop.maintenance.ar]
title = "أعمال صيانة"
message = "نجري حاليًا أعمال صيانة."
[groups.shop.failure.en]
title = "Something went wrong"
message = "We are working on it."
`;

/** understudy itself. */
async function startUnderstudy() {
  const home = await mkdtemp(join(tmpdir(), 'us-client-'));
  const port = await freePort();
  const file = join(home, 'understudy.toml');
  await writeFile(file, configuration(port, home));
  const child = spawn(binary, ['serve', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  const health = () => fetch(`http://127.0.0.1:${port}/_understudy/health`).then((response) => response.ok);
  await eventually(() => {
    assert.equal(child.exitCode, null, log);
    return health();
  }, 'understudy answers');
  return {
    port,
    command: (...words) => run(binary, [...words, '--admin', `unix:${home}/admin.sock`]),
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What the API's own answers carry, that scripts of any origin may read them. */
const cors = (request) => ({
  'Access-Control-Allow-Origin': request.headers.origin ?? '*',
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Allow-Headers': 'X-Shop-Client, Content-Type, Authorization, Idempotency-Key',
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT',
  Vary: 'Origin',
});

/** The API, and the proxy before it. */
async function startApi(understudy) {
  const api = {
    /** The application behind the proxy is dead. */
    dead: false,
    /** The proxy removes this header from understudy's answers. */
    stripped: '',
    /** What the application answers to everything, instead. */
    status: 0,
    /** Every request that came, as `METHOD /path`. */
    seen: [],
    count: (line) => api.seen.filter((one) => one === line).length,
    streams: [],
  };

  const ask = (request) =>
    new Promise((resolve, reject) => {
      const headers = { 'X-Original-Method': request.method, 'X-Original-URI': request.url, Cookie: request.headers.cookie ?? '' };
      http.get({ port: understudy.port, path: '/_understudy/gate', headers }, (response) => {
        response.resume();
        resolve(response.statusCode === 204);
      }).on('error', reject);
    });

  // A page that is closed, or a server that is stopped, ends what was on its way: pipeline closes both ends.
  const gone = () => {};

  const standIn = (request, response) => {
    const { host, ...headers } = request.headers;
    const onward = http.request({ port: understudy.port, method: request.method, path: request.url, headers: { ...headers, host } }, (answer) => {
      const kept = { ...answer.headers };
      if (api.stripped) {
        delete kept[api.stripped];
        kept['access-control-expose-headers'] = 'Retry-After';
      }
      response.writeHead(answer.statusCode, kept);
      pipeline(answer, response, gone);
    });
    pipeline(request, onward, (error) => error && response.destroy());
  };

  const own = async (request, response) => {
    const say = (status, body, more) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...cors(request), ...more });
      response.end(request.method === 'HEAD' || status === 204 ? undefined : JSON.stringify(body));
    };
    const { pathname } = new URL(request.url, 'http://api');
    if (request.method === 'OPTIONS') return say(204);
    if (api.status) return say(api.status, { error: 'as told' });
    let body = '';
    for await (const chunk of request) body += chunk;
    if (pathname === '/v1/own-503') return say(503, { error: 'busy' }, { 'Retry-After': '1' });
    if (pathname === '/v1/look-alike') return say(503, { status: 503, reason: 'maintenance', title: 'Ours', message: 'Not yours' });
    if (pathname === '/v1/silent') return; // until the client gives up
    if (pathname === '/v1/stream') {
      response.writeHead(Number(new URL(request.url, 'http://api').searchParams.get('status') ?? 200), { 'Content-Type': 'application/json', ...cors(request) });
      response.write('{"first":');
      return void api.streams.push(response);
    }
    if (request.method === 'POST') return say(201, JSON.parse(body || '{}'));
    return say(pathname.startsWith('/v1/') ? 200 : 404, [{}, {}, {}]);
  };

  const answer = async (request, response) => {
    api.seen.push(`${request.method} ${request.url}`);
    if (request.url.startsWith('/_understudy/') || api.dead || !(await ask(request))) standIn(request, response);
    else await own(request, response);
  };
  const { server, origin } = await listen((request, response) => {
    // It fails where the page is closed while it still sends, or understudy is stopped while it is asked.
    answer(request, response).catch(() => response.destroy());
  });
  return Object.assign(api, {
    origin,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  });
}

const document = (head = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width,initial-scale=1">${head}</head>
<body><main><h1>Shop</h1><label>Note <input id="note"></label> <button id="save">Save</button></main></body></html>`;

/** The site, whose pages use the API from another origin. */
async function startSite(api) {
  const site = { dead: false };
  const pages = {
    '/': [document('<script type="module" src="/load.js"></script>')],
    '/bare': [document()],
    '/strict': [
      document('<script type="module" src="/load.js"></script>'),
      { 'Content-Security-Policy': `default-src 'none'; script-src 'self'; connect-src ${api.origin}; require-trusted-types-for 'script'; trusted-types 'none'` },
    ],
    '/tag': [document(`<script src="/dist/understudy.js" data-api="${api.origin}" data-page></script>`)],
  };
  const { server, origin } = await listen((request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    if (pathname === '/load.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' });
      return response.end("import * as client from '/dist/index.js'; import '/dist/page.js'; window.client = client;");
    }
    if (pathname.startsWith('/dist/')) {
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' });
      return response.end(readFileSync(new URL('.' + pathname.slice(5), dist)));
    }
    const page = pages[pathname];
    if (pathname === '/worker.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' });
      return response.end(`import { answerNavigations } from '/dist/service-worker.js';
answerNavigations({ api: '${api.origin}', script: '/dist/understudy.js' });`);
    }
    if (site.dead) return request.socket.destroy();
    response.writeHead(page ? 200 : 404, { 'Content-Type': 'text/html', ...page?.[1] });
    response.end(page?.[0]);
  });
  return Object.assign(site, { origin, stop: () => (server.close(), server.closeAllConnections()) });
}

/** All of it, with a browser. */
export async function startWorld() {
  const understudy = await startUnderstudy();
  const api = await startApi(understudy);
  const site = await startSite(api);
  let switched = false;
  const { command } = understudy;
  understudy.command = (...words) => {
    switched ||= words[0] === 'on';
    return command(...words);
  };
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  return {
    understudy,
    api,
    site,
    browser,
    /** A page in a context of its own, with the library loaded; complaints are what its console held against it. */
    async open({ path = '/', ...options } = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      return this.tab(context, path);
    },
    async tab(context, path = '/') {
      const page = await context.newPage();
      page.setDefaultTimeout(10000);
      page.complaints = [];
      page.on('pageerror', (error) => page.complaints.push(String(error)));
      page.on('console', (message) => {
        // A failed request is what these tests are about.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.complaints.push(message.text());
      });
      await page.goto(site.origin + path);
      if (path === '/' || path === '/strict') await page.waitForFunction(() => window.client);
      await page.evaluate((origin) => (window.api = origin), api.origin);
      return page;
    },
    /** Everything as it was before the first test. */
    async reset() {
      if (switched) await understudy.command('off', 'shop');
      switched = site.dead = false;
      Object.assign(api, { dead: false, stripped: '', status: 0, seen: [], streams: [] });
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async stop() {
      await browser.close();
      site.stop();
      api.stop();
      await understudy.stop();
    },
  };
}
