import { isSafe, type Call, type Observer } from './observer.js';

/** fetch, watched. Requests to others, and bodies, go through untouched. */
export const wrapFetch =
  (inner: typeof fetch, observer: Observer): typeof fetch =>
  (input, init) => {
    const request = (input as Request).url ? (input as Request) : null;
    const url = observer.resolve(request ? request.url : String(input));
    if (!url) return inner(input, init);

    const safe = isSafe(init?.method ?? request?.method ?? 'GET');
    const signal = init?.signal ?? request?.signal;
    const call: Call = {
      safe,
      repeat: (signal) => inner(input, { ...init, signal, cache: 'no-store' }),
    };
    const holds =
      !(init?.body instanceof ReadableStream) && observer.mayHold(safe, () => new Request(request ? request.clone() : input, init));

    const send = (): Promise<Response> =>
      inner(holds && request?.body ? request.clone() : input, init).then(
        (response) => {
          if (response.status === 503) return refused(response);
          observer.saw(call, response.status, () => null);
          return response;
        },
        (error: unknown) => {
          if (error instanceof TypeError) observer.lost(call);
          throw error;
        },
      );

    // With the header it is understudy's, whose answers are short: the application gets it once it has been understood. Without,
    // the application does not wait for us, unless it asked to have such requests held.
    const refused = async (response: Response): Promise<Response> => {
      const header = (name: string) => response.headers.get(name);
      const named = header('Understudy-Reason');
      if (!named && (!/json/.test(header('Content-Type')!) || +header('Content-Length')! > 65536)) return response;
      const understood = response
        .clone()
        .text()
        .catch(() => '') // aborted or cut off: its reader is told, we only look over its shoulder
        .then((body) => observer.saw(call, 503, header, body));
      if ((named || holds) && (await understood) && holds && observer.mustWait(safe)) {
        await observer.wait(safe, signal);
        return send();
      }
      return response;
    };

    return holds && observer.mustWait(safe) ? observer.wait(safe, signal).then(send) : send();
  };
