// Asks a real understudy for everything that this package answers, and writes src/answers.json.
//   UNDERSTUDY_BINARY=…/understudy npm run generate
// What differs from answer to answer stands in braces: {title}, {since}, {retryAfter}, …
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { start } from './real.mjs';

const origin = 'http://127.0.0.1:1';

// How each form is asked for.
const forms = {
  json: { accept: 'application/json' },
  problem: { accept: 'application/problem+json' },
  text: { accept: 'text/plain' },
  xml: { accept: 'application/xml' },
  textXml: { accept: 'text/xml' },
  graphql: { accept: 'application/graphql-response+json' },
  jsonRpc: { accept: 'application/json-rpc' },
  events: { accept: 'text/event-stream' },
};

// What a browser may call a language that the server knows under another name.
const otherNames = ['zh', 'zh-CN', 'zh-SG', 'zh-TW', 'zh-HK', 'zh-MO', 'pt', 'no', 'nn', 'iw', 'in'];

// Every situation in which an answer looks different.
const situations = {
  maintenance: { reason: 'maintenance', on: [] },
  maintenanceUntil: { reason: 'maintenance', on: ['--for', '30m'] },
  readOnly: { reason: 'read-only', on: ['--read-only'] },
  readOnlyUntil: { reason: 'read-only', on: ['--read-only', '--for', '30m'] },
  failure: { reason: 'failure', on: null },
};

const perConnection = ['date', 'connection', 'content-length'];
const isCors = ([name]) => name.toLowerCase().startsWith('access-control-');
const lasting = (headers) => headers.filter(([name]) => !perConnection.includes(name.toLowerCase()));
const header = ({ headers }, name) => headers.find(([have]) => have.toLowerCase() === name.toLowerCase())?.[1];

/** The text with every value replaced by its name; a value that is not there would mean that the server has changed. */
function withNames(text, values) {
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(value, `{${name}}`);
  return text;
}

const maps = (text) =>
  text
    .replace(/("errorTitle"|"title"):\{[^}]*\}/g, '$1:{titles}')
    .replace(/("errorMessage"|"message"):\{[^}]*\}/g, '$1:{messages}');

const distinct = (all) => {
  const texts = new Set(all.map((one) => JSON.stringify(one)));
  if (texts.size !== 1) throw new Error(`Expected to be the same everywhere: ${[...texts].join('\n')}`);
  return all[0];
};

async function languages(server) {
  const tags = await offered(server);
  const found = {};
  for (const tag of tags) found[tag] = {};
  for (const { reason, on } of [situations.maintenance, situations.readOnly, situations.failure]) {
    if (on) await server.say('on', 'api', ...on);
    for (const tag of tags) {
      const { title, message } = JSON.parse((await server.ask('POST', '/', { 'accept-language': tag })).body);
      found[tag][reason] = { title, message };
    }
    await server.say('off', 'api');
  }
  return found;
}

/** The languages that are built in: of all that a browser may name, those that are answered by their own tag. */
async function offered(server) {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const candidates = letters.flatMap((a) => letters.map((b) => a + b)).concat('zh-Hans', 'zh-Hant', 'pt-BR', 'pt-PT', 'sr-Latn');
  const tags = [];
  for (const tag of candidates) {
    if (header(await server.ask('GET', '/', { 'accept-language': tag }), 'Content-Language') === tag) tags.push(tag);
  }
  return tags.sort();
}

async function aliases(server) {
  const found = {};
  for (const tag of otherNames) {
    found[tag.toLowerCase()] = header(await server.ask('GET', '/', { 'accept-language': tag }), 'Content-Language');
  }
  return found;
}

async function answers(server) {
  const bodies = {};
  const heads = Object.fromEntries(Object.keys(forms).map((form) => [form, []]));
  const cors = [];
  for (const [situation, { reason, on }] of Object.entries(situations)) {
    if (on) await server.say('on', 'api', ...on);
    bodies[situation] = {};
    for (const [form, asking] of Object.entries(forms)) {
      const got = await server.ask('POST', '/', { origin, 'accept-language': 'en', ...asking });
      const { title, message, since, until } = JSON.parse((await server.ask('POST', '/')).body);
      const values = { retryMilliseconds: '12345000', retryAfter: '12345', ...(since && { since }), ...(until && { until }) };
      bodies[situation][form] = withNames(maps(got.body), { title, message, ...values }).replace('xml:lang="en"', 'xml:lang="{language}"');
      const fill = { 'Understudy-Reason': '{reason}', 'Retry-After': '{retryAfter}', 'Content-Language': '{language}' };
      heads[form].push(lasting(got.headers).filter((one) => !isCors(one)).map(([name, value]) => [name, fill[name] ?? value]));
      cors.push(got.headers.filter(isCors).map(([name, value]) => [name, withNames(value, { origin })]));
    }
    if (on) await server.say('off', 'api');
  }
  return { heads: Object.fromEntries(Object.entries(heads).map(([form, all]) => [form, distinct(all)])), cors: distinct(cors), bodies };
}

async function status(server) {
  const ask = () => server.ask('GET', '/_understudy/status.json', { origin });
  const open = await ask();
  const [begin, end] = [24, 25].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+/, ''));
  await server.say('window', 'add', 'api', '--start', begin, '--end', end);
  const announced = (await ask()).body;
  const next = announced.match(/"next":(\{.*?\}\})/)[1];
  const values = { '"group":"{group}"': '"group":"api"', '"mode":"{mode}"': '"mode":"open"', '"lifecycle":"{lifecycle}"': '"lifecycle":"open"' };
  let body = maps(open.body).replace('"since":null,"until":null', '"since":{since},"until":{until}').replace('"next":null', '"next":{next}');
  for (const [name, value] of Object.entries(values)) body = body.replace(value, name);
  return {
    head: lasting(open.headers).filter((one) => !isCors(one)),
    body,
    next: maps(next)
      .replace('"maintenance"', '"{mode}"')
      .replace(begin, '{start}')
      .replace(end, '{end}'),
  };
}

async function exchange(server, method, path, headers = {}) {
  const { status, headers: got, body } = await server.ask(method, path, { origin, ...headers });
  return { status, head: lasting(got).filter((one) => !isCors(one)), body };
}

/** Everything, as src/answers.json holds it. */
export async function generate(binary) {
  const server = await start(binary);
  try {
    const asking = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-shop-client' };
    const preflight = await server.ask('OPTIONS', '/', { origin, ...asking });
    return {
      languages: await languages(server),
      aliases: await aliases(server),
      ...(await answers(server)),
      preflight: {
        head: lasting(preflight.headers).filter((one) => !isCors(one)),
        cors: preflight.headers
          .filter(isCors)
          .map(([name, value]) => [name, withNames(value, { origin, method: 'PUT', headers: 'x-shop-client' })]),
      },
      options: await exchange(server, 'OPTIONS', '/'),
      health: await exchange(server, 'GET', '/_understudy/health'),
      unknown: await exchange(server, 'GET', '/_understudy/unknown'),
      wrongMethod: await exchange(server, 'POST', '/_understudy/status.json'),
      status: await status(server),
    };
  } finally {
    await server.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = process.env.UNDERSTUDY_BINARY;
  if (!binary) throw new Error('Say in UNDERSTUDY_BINARY which understudy to ask');
  const path = fileURLToPath(new URL('src/answers.json', import.meta.url));
  writeFileSync(path, JSON.stringify(await generate(binary), null, 1) + '\n');
}
