import { understudyHandler } from '@understudy/ember/handler';
import { JSONAPICache } from '@warp-drive/json-api';
import { useLegacyStore } from '@warp-drive/legacy';

let last = 0;

/** The API's orders as JSON:API, which the cache keeps; they have no id and are numbered as they come. */
const resource = (attributes) => ({ type: 'order', id: `order-${++last}`, attributes });

const jsonApiHandler = {
  async request(context, next) {
    const { content } = await next(context.request);
    return { data: Array.isArray(content) ? content.map(resource) : resource(content) };
  },
};

export default useLegacyStore({
  linksMode: false,
  legacyRequests: true,
  cache: JSONAPICache,
  handlers: [jsonApiHandler, understudyHandler],
});
