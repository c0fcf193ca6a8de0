import { withUnderstudy } from '@understudy/ember/adapter';
import { RESTAdapter } from '@warp-drive/legacy/adapter/rest';

import { api } from '../config.js';

export default class ApplicationAdapter extends withUnderstudy(RESTAdapter) {
  host = api;
  namespace = 'v1';
  headers = { 'X-Shop-Client': 'web' };

  ajaxOptions(...args) {
    return { ...super.ajaxOptions(...args), credentials: 'include' };
  }

  pathForType(type) {
    return type === 'order' ? 'orders' : type;
  }
}
