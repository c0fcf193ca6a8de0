import { current } from '@understudy/client';
import type { Handler } from '@warp-drive/core/request';

interface RequestError extends Error {
  status: number;
  response: { headers: Headers } | null;
  content: unknown;
}

/**
 * A request handler of WarpDrive whose errors carry understudy's answer as `answer`. It stands right before Fetch: behind the
 * cache, the body of an error is replaced by the cache's own document.
 */
export const understudyHandler: Handler = {
  async request(context, next) {
    try {
      return await next(context.request);
    } catch (error) {
      const { status, response, content } = error as RequestError;
      const { url = '', method = 'GET' } = context.request;
      const header = (name: string): string | null => response?.headers.get(name) ?? null;
      const answer = current()?.report({ url, method, status, header, body: content });
      throw answer ? Object.assign(error as RequestError, { answer }) : error;
    }
  },
};
