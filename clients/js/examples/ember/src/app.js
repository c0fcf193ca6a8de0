import '@warp-drive/ember/install';
import '@understudy/client/page';

import Application from '@ember/application';
import EmberRouter from '@ember/routing/router';
import { watch } from '@understudy/client';
import UnderstudyService from '@understudy/ember';

import OrderAdapter from './adapters/application.js';
import { api, patch } from './config.js';
import Order from './models/order.js';
import Own503 from './models/own-503.js';
import OrderSerializer from './serializers/application.js';
import Store from './services/store.js';
import ApplicationTemplate from './templates/application.gjs';

window.shop = { watch: watch({ api, patch }) };

class Router extends EmberRouter {
  location = 'none';
}

class Shop extends Application {
  rootElement = '#app';
  modules = {
    './router': Router,
    './templates/application': ApplicationTemplate,
    './services/understudy': UnderstudyService,
    './services/store': Store,
    './models/order': Order,
    './models/own-503': Own503,
    './adapters/application': OrderAdapter,
    './serializers/application': OrderSerializer,
  };
}

Shop.create();
