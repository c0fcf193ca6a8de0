import { current } from '@understudy/client';

interface Adapter {
  handleResponse(status: number, headers: object, payload: unknown, requestData: object): unknown;
}

/** An adapter of Ember Data whose errors carry understudy's answer as `answer`. */
// TypeScript asks for any[] of a mixin's base.
export function withUnderstudy<Base extends new (...args: any[]) => Adapter>(Adapter: Base): Base {
  return class extends Adapter {
    override handleResponse(status: number, headers: object, payload: unknown, requestData: { url: string; method: string }): unknown {
      const result = super.handleResponse(status, headers, payload, requestData);
      if (!(result instanceof Error)) return result;
      const fields = new Headers(headers as Record<string, string>);
      const header = (name: string): string | null => fields.get(name);
      const answer = current()?.report({ ...requestData, status, header, body: payload });
      return answer ? Object.assign(result, { answer }) : result;
    }
  };
}
