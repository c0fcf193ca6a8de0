import type { Watch } from '@understudy/client';
import '@understudy/client/page';
import { mount } from 'svelte';
import { api } from './api';
import Shop from './Shop.svelte';

declare global {
  interface Window {
    shop: { watch: Watch };
  }
}

window.shop = { watch: api.watch! };
mount(Shop, { target: document.getElementById('app')! });
