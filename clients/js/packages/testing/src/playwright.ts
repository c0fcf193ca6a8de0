import type { BrowserContext, Fixtures, Page, PlaywrightTestArgs } from '@playwright/test';
import type { Clock } from './clock.js';
import { listen, type ServerOptions, type UnderstudyServer } from './server.js';
import type { Understudy } from './understudy.js';

export interface UnderstudyFixtures {
  /** A server of this test's own; `understudy.url` is its address. */
  understudy: UnderstudyServer;
}

/** The time of day, moved on in the browser's pages, too. */
export function pageClock(context: BrowserContext): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async advance(milliseconds) {
      ahead += milliseconds;
      await context.clock.fastForward(milliseconds);
    },
  };
}

/** For `test.extend`: the fixture `understudy`, whose `advance` moves the clock of the pages, too. */
export function understudyFixtures(options: ServerOptions = {}): Fixtures<UnderstudyFixtures, object, PlaywrightTestArgs> {
  return {
    understudy: async ({ context }, use) => {
      await context.clock.install();
      const server = await listen({ clock: pageClock(context), ...options });
      await use(server);
      await server.close();
    },
  };
}

/**
 * Answers requests of a page for which `url` fits, where the front end can't be told another address for its API.
 *
 * A page whose requests are intercepted sends no preflights, and CORS is not looked at as it will be outside: whatever is wrong with
 * either, such a test passes. So have at least one test with the fixture's server.
 */
export async function routeUnderstudy(target: Page | BrowserContext, url: string | RegExp, understudy: Understudy): Promise<void> {
  await target.route(url, async (route) => {
    const request = route.request();
    const headers = await request.allHeaders();
    const answered = understudy.answer({
      method: request.method(),
      url: request.url(),
      header: (name) => headers[name.toLowerCase()] ?? null,
    });
    if (!answered) return route.fallback();
    await route.fulfill({ status: answered.status, headers: Object.fromEntries(answered.headers), body: answered.body ?? '' });
  });
}
