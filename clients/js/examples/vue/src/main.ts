import { current, type Watch } from '@understudy/client';
import '@understudy/client/page';
import { understudy } from '@understudy/vue';
import { createApp } from 'vue';
import { withAxios, withFetch } from './orders';
import Shop from './Shop.vue';

declare global {
  interface Window {
    shop: { watch: Watch };
  }
}

const parameters = new URLSearchParams(location.search);
const api = parameters.get('api') ?? location.origin;
const orders = parameters.get('stack') === 'axios' ? withAxios(api) : withFetch(api);

createApp(Shop, { orders }).use(understudy, { api }).mount('#app');
window.shop = { watch: current()! };
