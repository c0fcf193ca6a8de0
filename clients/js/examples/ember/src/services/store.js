import { understudyHandler } from '@understudy/ember/handler';
import { JSONAPICache } from '@warp-drive/json-api';
import { useLegacyStore } from '@warp-drive/legacy';

const resource = ({ id, ...attributes }) => ({ type: 'order', id, attributes });

/** The API's plain JSON as JSON:API, which is what the cache keeps. */
const jsonApiHandler = {
  async request(context, next) {
    const { content } = await next(context.request);
    return { data: Array.isArray(content) ? content.map(resource) : resource(content) };
  },
};

/** One store for both ways: records through the adapter, requests through the handlers. */
export default useLegacyStore({
  linksMode: false,
  legacyRequests: true,
  cache: JSONAPICache,
  handlers: [jsonApiHandler, understudyHandler],
});
