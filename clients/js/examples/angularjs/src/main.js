import understudy from '@understudy/angularjs';
import { watch } from '@understudy/client';
import '@understudy/client/page';
import angular from 'angular';

const parameters = new URLSearchParams(location.search);
const api = parameters.get('api') ?? location.origin;
const patch = parameters.get('patch') !== 'no';
const options = { withCredentials: true, headers: { 'X-Shop-Client': 'web' } };

window.shop = { watch: watch({ api, patch }) };

class Shop {
  note = '';
  outcome = '';

  constructor($http, understudy) {
    this.$http = $http;
    this.understudy = understudy;
  }

  load() {
    this.show(this.$http.get(`${api}/v1/orders`, options), ({ data }) => `loaded ${data.length} orders`);
  }

  save() {
    this.show(this.$http.post(`${api}/v1/orders`, { note: this.note }, options), ({ data }) => `saved ${data.note}`);
  }

  own503() {
    this.show(this.$http.get(`${api}/v1/own-503`, options), () => 'fine');
  }

  show(response, inWords) {
    this.outcome = '';
    response.then(
      (given) => (this.outcome = inWords(given)),
      ({ status, answer }) => (this.outcome = answer ? `refused ${status} ${answer.reason}` : `error ${status}`),
    );
  }
}

angular.module('shop', [understudy]).controller('Shop', ['$http', 'understudy', Shop]);
angular.bootstrap(document, ['shop']);
