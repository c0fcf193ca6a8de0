import { http, type HttpHandler } from 'msw';
import type { Understudy } from './understudy.js';

/**
 * Handlers that answer in the API's place while it is away, to stand before the application's own. `api`: the origin, or a URL prefix.
 * Its status.json is always theirs.
 */
export const understudyHandlers = (understudy: Understudy, api: string | URL): HttpHandler[] => [
  // Without a response the next handler that fits is asked.
  http.all(`${String(api).replace(/\/$/, '')}/*`, ({ request }) => understudy.respond(request) ?? undefined),
];
