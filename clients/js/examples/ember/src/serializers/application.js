import JSONSerializer from '@warp-drive/legacy/serializer/json';

/** The API's orders have no id: they are numbered as they come. */
export default class ApplicationSerializer extends JSONSerializer {
  #last = 0;

  extractId() {
    return String(++this.#last);
  }
}
