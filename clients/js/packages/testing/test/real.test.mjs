// Against the real server, where UNDERSTUDY_BINARY says which: what is checked in is what it says, and what is made of it, too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { createUnderstudy } from '@understudy/testing';
import { generate } from '../generate.mjs';
import { start } from '../real.mjs';

const binary = process.env.UNDERSTUDY_BINARY;
const origin = 'http://127.0.0.1:1';
const texts = { en: { title: 'New "tills" & <more>' }, nl: { title: 'Kassa’s', message: 'Tot straks.' } };
const textWords = ['--title', `en=${texts.en.title}`, '--title', `nl=${texts.nl.title}`, '--message', `nl=${texts.nl.message}`];

const languages = [
  'de', 'de-AT, en;q=0.5', 'fr;q=0.2, it;q=0.9', 'zh-TW', 'zh-Hant-HK', 'zh', 'zh-CN', 'pt', 'pt-AO', 'pt-PT', 'no', 'nn-NO', 'iw', 'in',
  'tlh', 'tlh, ja', '*', 'en;q=0, *', 'en;q=0, de', 'DE-de', 'sr-Latn-RS', 'nl-BE', 'en-x-private', 'de-u-co-phonebk', '', 'xx;q=abc, sv',
];
const accepts = [
  'application/json', 'application/problem+json', 'text/plain', 'application/xml', 'text/xml', '*/*', 'image/png',
  'application/json, text/plain, */*', 'application/problem+json;q=0.5, application/xml;q=0.4', 'application/*;q=0.1, text/plain;q=0.2',
  'application/json;q=0, */*', 'application/vnd.shop+json', 'application/vnd.shop+xml', 'application/graphql-response+json, application/json;q=0.9',
  'application/json-rpc', 'application/json-rpc, application/json', 'text/event-stream', 'text/event-stream, application/json', 'text/plain; charset=utf-8',
];
const contents = ['application/json', 'application/graphql', 'application/graphql+json', 'application/json-rpc; charset=utf-8', 'application/jsonrequest'];

/** What may differ between two runs, or has to do with the connection alone. */
function comparable({ status, headers, body }) {
  const head = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of ['date', 'connection', 'content-length']) delete head[name];
  if (head['retry-after']) head['retry-after'] = Math.round(head['retry-after'] / 10);
  const text = (body ?? '').replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME');
  return { status, head, body: text.startsWith('{') ? JSON.parse(text) : text };
}

describe('the real server', { skip: !binary && 'UNDERSTUDY_BINARY does not say which' }, () => {
  let real;
  before(async () => (real = await start(binary)));
  after(() => real?.stop());

  test('still says what is checked in', async () => {
    const checkedIn = JSON.parse(readFileSync(new URL('../src/answers.json', import.meta.url)));
    assert.deepEqual(await generate(binary), checkedIn, 'run: npm run generate');
  });

  async function same(understudy, method, path, headers) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const made = understudy.answer({ method, url: path, header: (name) => lower[name.toLowerCase()] ?? null });
    assert.deepEqual(comparable(made), comparable(await real.ask(method, path, headers)), JSON.stringify([method, path, headers]));
  }

  async function everything(understudy, reason) {
    const method = reason === 'failure' ? 'GET' : 'POST';
    for (const language of languages) await same(understudy, method, '/orders', { 'accept-language': language });
    for (const accept of accepts) await same(understudy, method, '/orders', { accept, origin });
    for (const content of contents) await same(understudy, method, '/orders', { 'content-type': content, accept: 'application/json' });
    await same(understudy, 'HEAD', '/_understudy/status.json', {});
    for (const language of languages) await same(understudy, 'GET', '/_understudy/status.json', { origin, 'accept-language': language });
    const asking = { origin, 'access-control-request-method': 'PUT' };
    await same(understudy, 'OPTIONS', '/_understudy/status.json', { ...asking, 'access-control-request-headers': 'a,b' });
    if (reason === 'read-only') return; // the proxy lets the API answer these
    await same(understudy, 'HEAD', '/orders', { origin });
    await same(understudy, 'OPTIONS', '/orders', asking);
    await same(understudy, 'OPTIONS', '/orders', { origin });
  }

  const options = { group: 'api', retryAfter: '12345s', origins: [origin] };
  for (const [reason, words] of [['maintenance', []], ['read-only', ['--read-only']], ['failure', null]]) {
    for (const [what, occasion, more] of [
      ['', {}, []],
      [' with an end', { for: '30m' }, ['--for', '30m']],
      [' with texts', { texts }, textWords],
    ]) {
      if (!words && more.length) continue;
      test(`${reason}${what}: the same`, async () => {
        const understudy = createUnderstudy(options);
        understudy.on(reason, occasion);
        if (words) await real.say('on', 'api', ...words, ...more);
        try {
          await everything(understudy, reason);
        } finally {
          await real.say('off', 'api');
        }
      });
    }
  }

  test('own paths: the same', async () => {
    const understudy = createUnderstudy(options);
    for (const [method, path] of [['GET', '/_understudy/health'], ['GET', '/_understudy/other'], ['POST', '/_understudy/status.json'], ['GET', '/_understudy/status.json']]) {
      await same(understudy, method, path, { origin });
      await same(understudy, method, path, { origin: 'https://elsewhere.example' });
    }
  });

  test('a planned window: the same', async () => {
    const understudy = createUnderstudy(options);
    understudy.plan({ mode: 'read-only', in: '2h', for: '1h', texts: { de: { title: 'Umbau', message: 'Nur lesen.' } } });
    const [begin, end] = [2, 3].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+/, ''));
    await real.say('window', 'add', 'api', '--start', begin, '--end', end, '--read-only', '--title-text', 'de=Umbau', '--message', 'de=Nur lesen.');
    for (const language of languages) await same(understudy, 'GET', '/_understudy/status.json', { origin, 'accept-language': language });
  });
});
