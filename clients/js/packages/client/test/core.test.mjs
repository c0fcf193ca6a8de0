// The core in Chromium, against the real server.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
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

const down = (...more) => understudy.command('on', 'shop', ...more);
const up = () => understudy.command('off', 'shop');

/** A page that watches. */
async function watching(options = {}, open = {}) {
  const page = await world.open(open);
  await start(page, options);
  return page;
}

async function start(page, options = {}) {
  await page.evaluate((options) => {
    window.w = client.watch({ api, ...options, ...(options.hold === 'marked' ? { hold: (request) => request.headers.has('Idempotency-Key') } : {}) });
    window.states = [];
    w.on('change', ({ state }) => states.at(-1) === state || states.push(state));
  }, options);
}

const state = (page) => page.evaluate(() => w.state);
const reaches = (page, wanted, limit) => eventually(async () => (await state(page)) === wanted, `the state is ${wanted}`, limit);

test('an answer with the header: the state and the whole answer, before the application sees it', async () => {
  await down('--for', '30m');
  const page = await watching({ announce: 0 }, { locale: 'de-AT' });
  const seen = await page.evaluate(async () => {
    const response = await fetch(api + '/v1/orders', { headers: { 'X-Shop-Client': 'web' }, credentials: 'include' });
    const { state, answer } = w.snapshot;
    return { status: response.status, body: await response.json(), state, answer: { ...answer, until: +answer.until, since: answer.since instanceof Date } };
  });
  assert.equal(seen.status, 503);
  assert.equal(seen.body.reason, 'maintenance');
  assert.equal(seen.state, 'maintenance');
  assert.equal(seen.answer.title, 'Wartungsarbeiten');
  assert.equal(seen.answer.language, 'de');
  assert.equal(seen.answer.texts.en.message, 'We are currently performing maintenance.');
  assert.ok(Math.abs(seen.answer.until - Date.now() - 18e5) < 6e4);
  assert.ok(Math.abs(seen.answer.retryAfter - 1800) < 60);
  assert.equal(seen.answer.since, true);
  assert.deepEqual(page.complaints, []);
});

test('an answer without the header is known by its body', async () => {
  await down();
  api.stripped = 'understudy-reason';
  const page = await watching({ announce: 0 });
  const body = await page.evaluate(async () => (await fetch(api + '/v1/orders')).json());
  assert.equal(body.reason, 'maintenance');
  await reaches(page, 'maintenance');
});

test('problem+json without the header is known by its type', async () => {
  await down();
  api.stripped = 'understudy-reason';
  const page = await watching({ announce: 0 });
  await page.evaluate(() => fetch(api + '/v1/orders', { headers: { Accept: 'application/problem+json' } }));
  await reaches(page, 'maintenance');
  assert.equal(await page.evaluate(() => w.snapshot.answer.message), 'We are currently performing maintenance.');
});

test("the application's own 503 is left alone, one that looks alike, too", async () => {
  const page = await watching({ announce: 0 });
  const said = await page.evaluate(async () => {
    const one = await fetch(api + '/v1/own-503');
    const other = await fetch(api + '/v1/look-alike');
    return [one.status, await one.json(), (await other.json()).title, await new Promise((resolve) => setTimeout(resolve, 50, w.state)), states];
  });
  assert.deepEqual(said, [503, { error: 'busy' }, 'Ours', 'open', []]);
  assert.deepEqual(page.complaints, []);
});

test('failure is told apart from maintenance, and the API is back only once it answers 2xx', async () => {
  const page = await watching({ announce: 0 });
  await page.evaluate(() => fetch(api + '/v1/orders'));
  api.dead = true;
  await page.evaluate(() => fetch(api + '/v1/orders'));
  assert.equal(await state(page), 'failure');
  // status.json says open all the while; the application answers itself, but with errors.
  await eventually(() => api.count('GET /_understudy/status.json') > 0, 'status.json was asked');
  assert.equal(await state(page), 'failure');
  api.dead = false;
  api.status = 500;
  const asked = api.count('GET /v1/orders');
  await eventually(() => api.count('GET /v1/orders') > asked, 'the API was asked');
  assert.equal(await state(page), 'failure');
  api.status = 0;
  await reaches(page, 'open');
  assert.deepEqual(await page.evaluate(() => states), ['failure', 'recovered', 'open']);
});

test('an answer below 500 that is no 2xx counts if it comes twice', async () => {
  await down();
  const page = await watching({ announce: 0 });
  await page.evaluate(() => fetch(api + '/v1/orders'));
  api.status = 404;
  api.seen = [];
  await up();
  await reaches(page, 'open');
  assert.equal(api.count('GET /v1/orders'), 2);
});

test('the API is asked as it was asked before, with its headers', async () => {
  await down();
  const page = await watching({ announce: 0 });
  await page.evaluate(() => fetch(new Request(api + '/v1/orders?page=2', { headers: { 'X-Shop-Client': 'web' } })));
  api.seen = [];
  await up();
  await reaches(page, 'open');
  assert.equal(api.count('OPTIONS /v1/orders?page=2'), 1);
  assert.equal(api.count('GET /v1/orders?page=2'), 1);
});

test('Retry-After is kept, and retry() asks at once', async () => {
  await down('--for', '30m');
  const page = await watching();
  await reaches(page, 'maintenance'); // by status.json, before the first request
  await page.evaluate(() => fetch(api + '/v1/orders'));
  const wait = await page.evaluate(() => w.snapshot.nextAttempt - Date.now());
  assert.ok(wait > 1790e3 && wait < 1985e3, String(wait));
  await up();
  const { state } = await page.evaluate(() => w.retry());
  assert.equal(state, 'open');
});

test('read-only: writes are refused, reads pass, and a write that passes ends it', async () => {
  await down('--read-only');
  const page = await watching({ announce: 0 });
  const statuses = await page.evaluate(async () => {
    const post = () => fetch(api + '/v1/orders', { method: 'POST', body: '{}' });
    return [(await fetch(api + '/v1/orders')).status, w.state, (await post()).status, w.state];
  });
  assert.deepEqual(statuses, [200, 'open', 503, 'read-only']);
  await up();
  await reaches(page, 'open');
});

test('a window is announced beforehand', async () => {
  const at = (minutes) => new Date(Date.now() + minutes * 6e4).toISOString();
  const { stdout } = await understudy.command('window', 'add', 'shop', '--start', at(60), '--end', at(120), '--title', 'New tills', '--message', 'en=Be patient.', '--json');
  const page = await watching();
  await reaches(page, 'announced');
  const { window } = await page.evaluate(() => w.snapshot);
  assert.equal(window.mode, 'maintenance');
  assert.equal(window.texts.en.message, 'Be patient.');
  const far = await watching({ announce: 6e4 });
  await eventually(() => far.evaluate(() => w.snapshot.window), 'the window is known');
  assert.equal(await state(far), 'open');
  await understudy.command('window', 'remove', /w-[0-9a-f]+/.exec(stdout)[0]);
});

test('no timer runs, and nothing is asked, while the API is open', async () => {
  const page = await world.open();
  const timers = await page.evaluate(async () => {
    let made = 0;
    for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame']) {
      const before = window[name];
      window[name] = (...given) => (made++, before(...given));
    }
    window.w = client.watch({ api });
    document.body.append(document.createElement('understudy-page'));
    await fetch(api + '/v1/orders');
    await fetch(api + '/v1/orders');
    return made;
  });
  assert.equal(timers, 0);
  assert.deepEqual(api.seen, ['GET /_understudy/status.json', 'GET /v1/orders', 'GET /v1/orders']);
});

test('held requests are made after recovery: refused ones, and those made meanwhile', async () => {
  await down();
  const page = await watching({ announce: 0, hold: true });
  await page.evaluate(() => {
    window.done = [];
    const note = (name) => async (response) => done.push([name, response.status, (await response.json()).length]);
    void fetch(api + '/v1/orders?refused').then(note('refused'));
    const post = fetch(api + '/v1/orders', { method: 'POST', body: '{}' });
    void post.then((response) => done.push(['post', response.status]));
    void post.then(() => fetch(api + '/v1/orders?held').then(note('held')));
  });
  await eventually(() => page.evaluate(() => done.length), 'the POST is refused');
  assert.equal(api.count('GET /v1/orders?held'), 0);
  await up();
  await eventually(async () => (await page.evaluate(() => done.length)) === 3, 'all are done');
  assert.deepEqual((await page.evaluate(() => done)).sort(), [['held', 200, 3], ['post', 503], ['refused', 200, 3]]);
});

test('what the application marks as repeatable is held with its body', async () => {
  await down();
  const page = await watching({ announce: 0, hold: 'marked' });
  const outcome = page.evaluate(async () => {
    const init = { method: 'POST', body: '{"note":"kept"}', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': '1' } };
    const [one, other, plain] = await Promise.all([
      fetch(api + '/v1/orders', init),
      fetch(new Request(api + '/v1/orders', init)),
      fetch(api + '/v1/orders').then((response) => response.status),
    ]);
    return [one.status, await one.json(), other.status, await other.json(), plain];
  });
  await reaches(page, 'maintenance');
  await up();
  assert.deepEqual(await outcome, [201, { note: 'kept' }, 201, { note: 'kept' }, 503]);
});

test('an XMLHttpRequest is held unseen: its events are those of one request', async () => {
  await down();
  const page = await watching({ announce: 0, hold: true });
  await page.evaluate(() => {
    window.send = () => {
      const xhr = new XMLHttpRequest();
      const seen = [];
      xhr.open('GET', api + '/v1/orders');
      xhr.setRequestHeader('X-Shop-Client', 'web');
      xhr.responseType = 'json';
      xhr.onreadystatechange = () => seen.push(xhr.readyState);
      for (const type of ['loadstart', 'load', 'error', 'abort', 'loadend']) xhr.addEventListener(type, () => seen.push(type));
      xhr.send();
      return { xhr, seen };
    };
    window.refused = send();
  });
  await reaches(page, 'maintenance');
  await page.evaluate(() => (window.held = send()));
  await up();
  await eventually(() => page.evaluate(() => refused.seen.includes('loadend') && held.seen.includes('loadend')), 'both are done');
  const [refused, held] = await page.evaluate(() => [refused, held].map(({ xhr, seen }) => [xhr.status, xhr.response.length, seen]));
  assert.deepEqual(refused, [200, 3, ['loadstart', 2, 3, 4, 'load', 'loadend']]);
  assert.deepEqual(held, [200, 3, ['loadstart', 2, 3, 4, 'load', 'loadend']]);
});

test('held requests can be aborted', async () => {
  await down();
  const page = await watching({ announce: 0, hold: true });
  const said = await page.evaluate(async () => {
    const control = new AbortController();
    const one = fetch(api + '/v1/orders', { signal: control.signal }).catch((error) => error.name);
    const timed = fetch(api + '/v1/orders', { signal: AbortSignal.timeout(300) }).catch((error) => error.name);
    const xhr = new XMLHttpRequest();
    const seen = [];
    await fetch(api + '/v1/orders', { method: 'PUT' });
    xhr.open('GET', api + '/v1/orders');
    for (const type of ['load', 'abort', 'loadend']) xhr.addEventListener(type, () => seen.push(type));
    xhr.send();
    xhr.abort();
    control.abort();
    return [await one, await timed, seen];
  });
  assert.deepEqual(said, ['AbortError', 'TimeoutError', ['abort', 'loadend']]);
});

test('without holding, an XMLHttpRequest has its events in their order, and is understood before they come', async () => {
  await down();
  const page = await watching({ announce: 0 });
  const seen = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        const seen = [];
        xhr.open('POST', api + '/v1/orders');
        xhr.onreadystatechange = () => seen.push(xhr.readyState + ' ' + w.state);
        for (const type of ['loadstart', 'progress', 'load']) xhr.addEventListener(type, () => seen.push(type));
        xhr.upload.onload = () => seen.push('upload load');
        xhr.onloadend = () => resolve([...seen, xhr.status, w.snapshot.answer.title]);
        xhr.send('{}');
      }),
  );
  assert.deepEqual(seen, ['loadstart', 'upload load', '2 open', '3 open', 'progress', '4 maintenance', 'load', 503, 'Down for maintenance']);
  assert.deepEqual(page.complaints, []);
});

test('every kind of response body is understood, and none is taken', async () => {
  await down();
  for (const type of ['', 'text', 'json', 'arraybuffer', 'blob']) {
    const page = await watching({ announce: 0 });
    const size = await page.evaluate(
      (type) =>
        new Promise((resolve) => {
          const xhr = new XMLHttpRequest();
          xhr.responseType = type;
          xhr.open('GET', api + '/v1/orders');
          xhr.onload = () => resolve(typeof xhr.response + (xhr.response.byteLength ?? xhr.response.size ?? ''));
          xhr.send();
        }),
      type,
    );
    assert.match(size, /^(string|object\d*)$/);
    await eventually(() => page.evaluate(() => w.snapshot.answer?.title === 'Down for maintenance'), `the answer is understood from ${type}`);
    await page.context().close();
  }
});

test('a synchronous XMLHttpRequest goes through, and is seen', async () => {
  await down();
  const page = await watching({ announce: 0, hold: true });
  const seen = await page.evaluate(() => {
    const xhr = new XMLHttpRequest();
    xhr.open('GET', api + '/v1/orders', false);
    xhr.send();
    return [xhr.status, JSON.parse(xhr.responseText).reason, w.state];
  });
  assert.deepEqual(seen, [503, 'maintenance', 'maintenance']);
});

test('aborts, time limits and streams are as without the watch', async () => {
  const page = await watching({ announce: 0 });
  const said = await page.evaluate(async () => {
    const control = new AbortController();
    const aborted = fetch(api + '/v1/silent', { signal: control.signal }).catch((error) => error.name);
    control.abort();
    const timed = fetch(api + '/v1/silent', { signal: AbortSignal.timeout(50) }).catch((error) => error.name);
    const xhr = new XMLHttpRequest();
    xhr.open('GET', api + '/v1/silent');
    xhr.timeout = 50;
    const late = new Promise((resolve) => (xhr.ontimeout = () => resolve('timeout')));
    xhr.send();
    return [await aborted, await timed, await late, w.state];
  });
  assert.deepEqual(said, ['AbortError', 'TimeoutError', 'timeout', 'open']);
  for (const status of [200, 503]) {
    await page.evaluate(async (status) => {
      window.reader = (await fetch(api + '/v1/stream?status=' + status)).body.getReader();
      window.first = new TextDecoder().decode((await reader.read()).value);
    }, status);
    assert.equal(await page.evaluate(() => first), '{"first":');
    await eventually(() => api.streams.length, 'the stream is there');
    api.streams.pop().end('1}');
    assert.equal(await page.evaluate(async () => new TextDecoder().decode((await reader.read()).value)), '1}');
  }
  assert.equal(await state(page), 'open');
});

test('a network error alone is nobody’s outage; understudy, asked plainly, may say that it is one', async () => {
  const page = await watching({ announce: 0 });
  const hidden = () => page.evaluate(() => fetch(api + '/v1/orders', { headers: { 'X-Not-Allowed': '1' } }).catch((error) => error.name));
  assert.equal(await hidden(), 'TypeError');
  await eventually(() => api.count('GET /_understudy/status.json'), 'status.json was asked');
  await eventually(async () => !(await page.evaluate(() => w.snapshot.asking)), 'it has answered');
  assert.equal(await state(page), 'open');
  const other = await watching({ announce: 0 });
  await down();
  api.stripped = 'access-control-allow-origin';
  api.seen = [];
  await other.evaluate(
    () =>
      new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', api + '/v1/orders');
        xhr.onerror = () => resolve();
        xhr.send();
      }),
  );
  await eventually(() => api.count('GET /_understudy/status.json'), 'status.json was asked');
  await eventually(async () => !(await other.evaluate(() => w.snapshot.asking)), 'it has answered');
  assert.equal(await state(other), 'open', 'as long as all is hidden');
  api.stripped = '';
  await other.evaluate(() => w.retry());
  await reaches(other, 'maintenance');
});

test('stop() gives everything back, and only goes through where somebody patched later', async () => {
  const page = await world.open();
  const said = await page.evaluate(async () => {
    const natives = () => [fetch, XMLHttpRequest, ...['open', 'send', 'abort', 'setRequestHeader'].map((name) => XMLHttpRequest.prototype[name])];
    const before = natives();
    client.watch({ api, announce: 0 }).stop();
    const clean = natives().every((one, i) => one === before[i]);

    const w = client.watch({ api, announce: 0 });
    const watched = fetch;
    let passed = 0;
    const later = (...given) => (passed++, watched(...given));
    window.fetch = later;
    const open = XMLHttpRequest.prototype.open;
    const laterOpen = function (...given) {
      passed++;
      return open.apply(this, given);
    };
    XMLHttpRequest.prototype.open = laterOpen;
    w.stop();
    const kept = fetch === later && XMLHttpRequest.prototype.open === laterOpen && XMLHttpRequest.prototype.send === before[3];
    const { status } = await fetch(api + '/v1/orders');
    const xhr = new XMLHttpRequest();
    xhr.open('GET', api + '/v1/orders');
    xhr.send();
    await new Promise((resolve) => (xhr.onload = resolve));
    return [clean, kept, status, xhr.status, passed, client.current()];
  });
  assert.deepEqual(said, [true, true, 200, 200, 2, null]);
});

test('stop() lets go what was held', async () => {
  await down();
  const page = await watching({ announce: 0, hold: true });
  const held = page.evaluate(() => fetch(api + '/v1/orders').then((response) => response.status));
  await reaches(page, 'maintenance');
  await page.evaluate(() => w.stop());
  assert.equal(await held, 503);
  assert.equal(await state(page), 'open');
});

test('without patching, what is asked through the watch is seen, and nothing else', async () => {
  await down();
  const page = await world.open();
  const said = await page.evaluate(async () => {
    const native = [fetch, XMLHttpRequest, XMLHttpRequest.prototype.open];
    const w = client.watch({ api, announce: 0, patch: false });
    const untouched = [fetch, XMLHttpRequest, XMLHttpRequest.prototype.open].every((one, i) => one === native[i]);
    await fetch(api + '/v1/orders');
    const before = w.state;
    const xhr = new w.XMLHttpRequest();
    xhr.open('GET', api + '/v1/orders');
    xhr.send();
    await new Promise((resolve) => (xhr.onload = resolve));
    return [untouched, before, w.state, xhr instanceof XMLHttpRequest, (await w.fetch(api + '/v1/orders')).status];
  });
  assert.deepEqual(said, [true, 'open', 'maintenance', true, 503]);
});

test('report() takes what another transport saw', async () => {
  const page = await watching({ announce: 0 });
  const said = await page.evaluate(() => {
    const report = (more) => w.report({ url: api + '/v1/orders', status: 503, ...more });
    return [
      report({ body: '{"error":"busy"}' }),
      w.report({ url: 'https://elsewhere.example/', status: 503, header: () => 'failure' }),
      report({ header: (name) => ({ 'Understudy-Reason': 'failure', 'Retry-After': '7' })[name] ?? null, body: { title: 'Oh', message: 'no' } })?.title,
      w.state,
      w.snapshot.answer.retryAfter,
    ];
  });
  assert.deepEqual(said, [null, null, 'Oh', 'failure', 7]);
});

test('one tab asks for all, the others hear of it, and one that is left takes over', async () => {
  const context = await world.browser.newContext();
  const tabs = [await world.tab(context), await world.tab(context), await world.tab(context)];
  for (const tab of tabs) await start(tab, { announce: 0 });
  await down();
  await tabs[0].evaluate(() => fetch(api + '/v1/orders'));
  for (const tab of tabs) await reaches(tab, 'maintenance');
  api.seen = [];
  await eventually(() => api.count('GET /_understudy/status.json') >= 2, 'it is asked again and again');
  const locks = await tabs[2].evaluate(() => navigator.locks.query());
  assert.equal(locks.held.filter(({ name }) => name.startsWith('understudy ')).length, 1);
  assert.equal(locks.pending.filter(({ name }) => name.startsWith('understudy ')).length, 2);
  await tabs[0].close();
  await up();
  // Whoever takes over asks when the one before would have: on a slow machine after many questions, so late.
  await reaches(tabs[1], 'open', 40_000);
  await reaches(tabs[2], 'open');
});

test('without locks and channel each tab finds out by itself', async () => {
  await down();
  const page = await world.open();
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'locks', { value: undefined });
    delete window.BroadcastChannel;
  });
  await start(page, { announce: 0 });
  await page.evaluate(() => fetch(api + '/v1/orders'));
  assert.equal(await state(page), 'maintenance');
  await up();
  await reaches(page, 'open');
});

test('offline nothing is asked, and back online at once', async () => {
  await down('--for', '30m');
  const page = await watching({ announce: 0 });
  await page.evaluate(() => fetch(api + '/v1/orders'));
  const session = await page.context().newCDPSession(page);
  const network = (offline) => session.send('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await session.send('Network.enable');
  await network(true);
  await eventually(() => page.evaluate(() => !navigator.onLine && w.snapshot.nextAttempt === null), 'it pauses');
  await up();
  await network(false);
  await reaches(page, 'open');
});

test('the script-tag build watches and shows the page', async () => {
  await down();
  const page = await world.open({ path: '/tag' });
  await eventually(() => page.evaluate(() => understudy.current()?.state === 'maintenance'), 'status.json was asked');
  assert.equal(await page.getByRole('dialog').getByRole('heading').textContent(), 'Down for maintenance');
  await up();
  await page.getByRole('button').first().click();
  await eventually(async () => !(await page.getByRole('dialog').isVisible()), 'the page is gone');
});
