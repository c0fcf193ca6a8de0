// What a page without modules has from the client's own script tag, which therefore stands before this one.
import type * as Client from '@understudy/client';

export const { current, parseAnswer } = (globalThis as unknown as { understudy: typeof Client }).understudy;
