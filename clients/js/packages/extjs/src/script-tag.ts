// What a page without modules has from the client's own script tag, which therefore stands before this one.
import type * as Client from '@understudy/client';

const { understudy } = globalThis as unknown as { understudy: typeof Client };

export const current: typeof Client.current = understudy.current;
export const parseAnswer: typeof Client.parseAnswer = understudy.parseAnswer;
