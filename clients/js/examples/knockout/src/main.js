import { watch } from '@understudy/client';
import '@understudy/client/page';
import { answerOf, observe } from '@understudy/knockout';
import $ from 'jquery';
import ko from 'knockout';

const api = new URLSearchParams(location.search).get('api');
window.shop = { watch: watch({ api }) };

$.ajaxSetup({ dataType: 'json', headers: { 'X-Shop-Client': 'web' }, xhrFields: { withCredentials: true } });

class Shop {
  understudy = observe(ko, { jquery: $ });
  note = ko.observable('');
  outcome = ko.observable('');

  load = () => this.ask({ url: `${api}/v1/orders` }, (orders) => `loaded ${orders.length} orders`);

  save = () =>
    this.ask(
      { url: `${api}/v1/orders`, method: 'POST', contentType: 'application/json', data: JSON.stringify({ note: this.note() }) },
      (order) => `saved ${order.note}`,
    );

  own503 = () => this.ask({ url: `${api}/v1/own-503` }, () => 'answered');

  ask(settings, told) {
    this.outcome('');
    $.ajax(settings)
      .done((body) => this.outcome(told(body)))
      .fail((response) => {
        const answer = answerOf(response);
        this.outcome(answer ? `refused ${response.status} ${answer.reason}` : `error ${response.status}`);
      });
  }
}

ko.applyBindings(new Shop());
