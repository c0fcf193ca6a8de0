// What watching costs a request, in Chromium: the same calls with and without the watch, the network left out, for it would drown
// them. Medians of many rounds; an error where a request costs more than it may.
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const most = 20; // microseconds

const browser = await chromium.launch({
  executablePath: process.env.UNDERSTUDY_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const page = await browser.newPage();
await page.addScriptTag({ content: await readFile(new URL('../dist/understudy.js', import.meta.url), 'utf8') });

const found = await page.evaluate(async () => {
  const api = 'https://api.shop.example';
  const calls = 500;
  const rounds = 60;
  const response = new Response('[]');
  window.fetch = () => Promise.resolve(response);

  const byFetch = async () => {
    for (let i = 0; i < calls; i++) await fetch(api + '/v1/orders', { headers: { 'X-Shop-Client': 'web' } });
  };
  // All that a request's life has in script: opened, given a header, and its five events.
  const byXhr = () => {
    for (let i = 0; i < calls; i++) {
      const xhr = new XMLHttpRequest();
      xhr.open('GET', api + '/v1/orders');
      xhr.setRequestHeader('X-Shop-Client', 'web');
      for (const type of ['readystatechange', 'readystatechange', 'readystatechange', 'load', 'loadend']) xhr.dispatchEvent(new Event(type));
    }
  };
  const time = async (act) => {
    const start = performance.now();
    await act();
    return ((performance.now() - start) * 1000) / calls;
  };
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const measure = async (act, url) => {
    const without = [];
    const watched = [];
    for (let i = 0; i < rounds; i++) {
      without.push(await time(act));
      const watch = understudy.watch({ api: url, announce: 0 });
      watched.push(await time(act));
      watch.stop();
    }
    return [median(without), median(watched)];
  };
  return {
    'fetch to the API': await measure(byFetch, api),
    'fetch to others': await measure(byFetch, 'https://api.other.example'),
    'XMLHttpRequest to the API': await measure(byXhr, api),
    'XMLHttpRequest to others': await measure(byXhr, 'https://api.other.example'),
  };
});
await browser.close();

for (const [what, [without, watched]] of Object.entries(found)) {
  const cost = watched - without;
  console.log(`${what}: ${cost.toFixed(1)} µs a request (${without.toFixed(1)} without, ${watched.toFixed(1)} with)`);
  if (cost > most) process.exitCode = 1;
}
