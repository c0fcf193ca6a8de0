import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createUnderstudy, type Options, type Understudy } from './understudy.js';

export type Api = (request: Request) => Response | Promise<Response>;

export interface ServerOptions extends Options {
  /**
   * What answers while the API is open: a function (preflights and CORS headers are then taken care of), or the address of a server
   * that everything is passed on to as it is. Default: 200 with `{}`.
   */
  api?: Api | string | URL;
  /** Default 0: one that is free. */
  port?: number;
}

export interface UnderstudyServer extends Understudy {
  /** What the front end under test is to call its API: `http://127.0.0.1:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

const header = (request: IncomingMessage) => (name: string) => {
  const value = request.headers[name.toLowerCase()];
  return value === undefined ? null : String(value);
};

/** Hands the request to another server, and its answer back, without a change. */
function passOn(request: IncomingMessage, response: ServerResponse, api: URL): void {
  const ask = api.protocol === 'https:' ? httpsRequest : httpRequest;
  const target = new URL(api.pathname.replace(/\/$/, '') + request.url, api);
  const asked = ask(target, { method: request.method, headers: { ...request.headers, host: target.host } }, (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(response);
  });
  asked.on('error', (error) => {
    response.writeHead(502, { 'Content-Type': 'text/plain' });
    response.end(`${target.origin}: ${error.message}\n`);
  });
  request.pipe(asked);
}

/** Has the function answer, with CORS as a careful API has it. */
async function perform(request: IncomingMessage, response: ServerResponse, api: Api, origins: readonly string[] | undefined): Promise<void> {
  const origin = request.headers.origin;
  if (origin && (!origins || origins.includes(origin))) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    response.setHeader('Vary', 'Origin');
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', request.headers['access-control-request-method'] ?? '');
      response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '');
    }
  }
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
    return;
  }
  const body = ['GET', 'HEAD'].includes(request.method!) ? null : (Readable.toWeb(request) as ReadableStream);
  const init = { method: request.method!, headers: request.headers as Record<string, string>, body, duplex: 'half' };
  const answer = await api(new Request(new URL(request.url!, `http://${request.headers.host}`), init as RequestInit));
  for (const [name, value] of answer.headers) response.appendHeader(name, value);
  response.writeHead(answer.status);
  if (answer.body) Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream).pipe(response);
  else response.end();
}

/** Serves an understudy on the loopback interface, and the API while it is open: real HTTP, real preflights. */
export async function listen(options: ServerOptions = {}): Promise<UnderstudyServer> {
  const understudy = createUnderstudy(options);
  const api = options.api ?? (() => Response.json({}));

  const server = createServer((request, response) => {
    const answered = understudy.answer({ method: request.method!, url: request.url!, header: header(request) });
    if (answered) {
      request.resume(); // the body is read to its end, so that nobody's connection breaks
      response.writeHead(answered.status, answered.headers.flat()).end(answered.body);
    } else if (typeof api === 'function') {
      perform(request, response, api, options.origins).catch((error: unknown) => {
        response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`${String(error)}\n`);
      });
    } else passOn(request, response, new URL(api));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return Object.defineProperties({} as UnderstudyServer, {
    ...Object.getOwnPropertyDescriptors(understudy),
    url: { value: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, enumerable: true },
    close: {
      value: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
      enumerable: true,
    },
  });
}
