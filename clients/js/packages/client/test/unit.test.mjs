// What needs no browser: parsing, the times at which is asked (years of waiting want a clock to move), the page's words, the build.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = new URL('..', import.meta.url);

/** A module of the sources, which the package does not export. */
async function source(path) {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL(path, here))], bundle: true, format: 'esm', write: false });
  return import('data:text/javascript;base64,' + Buffer.from(outputFiles[0].contents).toString('base64'));
}

const { parseAnswer, parseStatus, pick } = await source('src/answer.ts');
const { words } = await source('src/words.ts');
const none = () => null;
const headers = (fields) => (name) => fields[name] ?? null;
const whole = {
  status: 503,
  reason: 'maintenance',
  title: 'Wartungsarbeiten',
  message: 'Wir führen gerade Wartungsarbeiten durch.',
  errorTitle: { en: 'Down for maintenance', de: 'Wartungsarbeiten' },
  errorMessage: { en: 'We are currently performing maintenance.', de: 'Wir führen gerade Wartungsarbeiten durch.' },
  since: '2026-11-21T02:53:03Z',
  retryAfter: 600,
};

test('a whole answer, from a body alone', () => {
  for (const body of [whole, JSON.stringify(whole)]) {
    assert.deepEqual(parseAnswer(503, none, body), {
      reason: 'maintenance',
      status: 503,
      title: 'Wartungsarbeiten',
      message: 'Wir führen gerade Wartungsarbeiten durch.',
      language: 'de',
      texts: {
        en: { title: 'Down for maintenance', message: 'We are currently performing maintenance.' },
        de: { title: 'Wartungsarbeiten', message: 'Wir führen gerade Wartungsarbeiten durch.' },
      },
      since: new Date('2026-11-21T02:53:03Z'),
      until: null,
      retryAfter: 600,
    });
  }
});

test('the header wins over the body, and is enough', () => {
  const header = headers({ 'Understudy-Reason': 'failure', 'Retry-After': '7', 'Content-Language': 'fr' });
  const answer = parseAnswer(503, header, '<html>');
  assert.deepEqual([answer.reason, answer.retryAfter, answer.language, answer.title, answer.texts], ['failure', 7, 'fr', '', {}]);
  assert.equal(parseAnswer(503, header, whole).reason, 'failure');
});

test('problem+json, from a body alone', () => {
  const answer = parseAnswer(503, none, { type: 'urn:understudy:read-only', status: 503, title: 'Read only', detail: 'Come back.', reason: 'read-only' });
  assert.deepEqual([answer.reason, answer.title, answer.message], ['read-only', 'Read only', 'Come back.']);
});

test('what is not understudy’s', () => {
  const not = [
    [200, none, whole],
    [502, none, whole],
    [503, none, undefined],
    [503, none, null],
    [503, none, ''],
    [503, none, '{'],
    [503, none, '[]'],
    [503, none, '"maintenance"'],
    [503, none, { error: 'busy' }],
    [503, none, { ...whole, reason: 'lunch' }],
    [503, none, { ...whole, status: 500 }],
    [503, none, { ...whole, title: 7 }],
    [503, none, { ...whole, message: '' }],
    [503, none, { ...whole, errorTitle: undefined }],
    [503, none, { ...whole, errorTitle: 'Down' }],
    [503, none, { type: 'urn:understudy:failure', status: 503, title: 'a', detail: 'b', reason: 'maintenance' }],
    [503, headers({ 'Understudy-Reason': 'lunch' }), whole],
  ];
  for (const [status, header, body] of not) assert.equal(parseAnswer(status, header, body), null, JSON.stringify([status, body]));
});

test('the state, from status.json', () => {
  const body = { mode: 'open', next: { mode: 'maintenance', start: '2026-11-22T01:00:00Z', end: '2026-11-22T03:00:00Z', title: { en: 'New tills' }, message: { en: 'We upgrade.' } }, title: { en: 'Down' }, message: { en: 'Wait.' } };
  const { answer, window } = parseStatus(body, ['en']);
  assert.equal(answer, null);
  assert.deepEqual(window, { mode: 'maintenance', start: new Date('2026-11-22T01:00:00Z'), end: new Date('2026-11-22T03:00:00Z'), texts: { en: { title: 'New tills', message: 'We upgrade.' } } });
  assert.deepEqual(parseStatus({ ...body, next: { ...body.next, message: body.message } }, ['en']).window.texts, {}, 'none of its own');
  const down = parseStatus({ ...body, mode: 'maintenance', next: null, title: whole.errorTitle, message: whole.errorMessage }, ['de-AT', 'en']);
  assert.deepEqual([down.answer.language, down.answer.title, down.window], ['de', 'Wartungsarbeiten', null]);
  for (const other of [{}, '<html>', { mode: 'lunch' }, null]) assert.equal(parseStatus(other, ['en']), null);
});

test('languages are looked up as RFC 4647 says', () => {
  const offered = ['de', 'en', 'pt-BR', 'zh-Hant'];
  for (const [wanted, tag] of [[['de-AT'], 'de'], [['fr', 'pt-br'], 'pt-BR'], [['zh-Hant-TW'], 'zh-Hant'], [['pt'], 'en'], [[], 'en']]) assert.equal(pick(offered, wanted), tag);
  assert.equal(pick(['fr', 'it'], ['de']), 'fr');
  assert.equal(pick([], ['de']), '');
});

test('the page’s words are the server’s, in all of its languages', () => {
  const locales = new URL('../../../../pages/locales/', here);
  const tags = readdirSync(locales).map((name) => name.replace('.json', ''));
  assert.deepEqual(Object.keys(words).sort(), tags.sort());
  for (const tag of tags) {
    const { page } = JSON.parse(readFileSync(new URL(`${tag}.json`, locales), 'utf8'));
    assert.deepEqual(words[tag].slice(0, 2), [page.retry, page.until], tag);
    assert.equal(words[tag].filter(Boolean).length, 4, tag);
  }
});

test('the script-tag build is the same for the same sources, wherever it is built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'us-build-'));
  execFileSync(process.execPath, ['build.mjs', `--out=${folder}`], { cwd: fileURLToPath(here) });
  assert.deepEqual(readFileSync(join(folder, 'understudy.js')), readFileSync(new URL('dist/understudy.js', here)));
  await rm(folder, { recursive: true });
});

test('imported without a browser, nothing breaks', async () => {
  const { current, UnderstudyError } = await import('../dist/index.js');
  await import('../dist/page.js');
  assert.equal(current(), null);
  const answer = parseAnswer(503, none, whole);
  const error = new UnderstudyError(answer, { cause: 'why' });
  assert.deepEqual([error.name, error.message, error.answer, error.cause], ['UnderstudyError', 'Wartungsarbeiten', answer, 'why']);
});

test('when the API is asked: at Retry-After, a random share later, then less and less often', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const native = globalThis.fetch;
  let retryAfter = '10';
  let asked = 0;
  globalThis.fetch = async (url) => {
    if (String(url).endsWith('status.json')) return new Response('no', { status: 404 });
    asked++;
    return new Response(JSON.stringify(whole), { status: 503, headers: { 'Understudy-Reason': 'failure', 'Retry-After': retryAfter } });
  };
  const settled = () => new Promise((done) => setImmediate(() => setImmediate(() => setImmediate(done))));
  const { watch } = await import('../dist/index.js');
  const w = watch({ api: 'https://api.shop.example', announce: 0 });
  try {
    await fetch('https://api.shop.example/v1/orders');
    assert.equal(asked, 1);
    const pauses = [];
    for (let i = 0; i < 12; i++) {
      const pause = w.snapshot.nextAttempt - Date.now();
      pauses.push(pause / 1000);
      t.mock.timers.tick(pause - 1);
      await settled();
      assert.equal(asked, 1 + i, 'not before its time');
      t.mock.timers.tick(2);
      await settled();
      assert.equal(asked, 2 + i);
      if (i === 5) retryAfter = '5';
    }
    const least = [10, 10, 10, 10, 10, 16, 32, 64, 120, 120, 120, 120];
    pauses.forEach((pause, i) => assert.ok(pause >= least[i] && pause <= least[i] * 1.1, `${pauses}`));
    assert.ok(new Set(pauses).size > 10, 'a random share');
  } finally {
    w.stop();
    globalThis.fetch = native;
  }
});

test('what a listener throws is nobody else’s trouble, and each sees the states in their order', async () => {
  const { makeStore } = await source('src/store.ts');
  const store = makeStore();
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  const seen = [];
  store.on('maintenance', () => {
    store.set({ asking: true });
    throw new Error('mine');
  });
  store.on('change', ({ state, asking }) => seen.push(`${state} ${asking}`));
  const end = store.subscribe(({ state }) => seen.push(state));
  store.set({ state: 'maintenance' });
  store.set({ state: 'maintenance' });
  end();
  store.set({ asking: false });
  assert.deepEqual(seen, ['open', 'maintenance true', 'maintenance', 'maintenance false']);
  assert.equal(reported[0].message, 'mine');
  delete globalThis.reportError;
});
