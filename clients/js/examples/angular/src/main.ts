import { provideHttpClient, withFetch, withInterceptors, withXhr } from '@angular/common/http';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideUnderstudy, UNDERSTUDY, understudyInterceptor } from '@understudy/angular';
import type { Watch } from '@understudy/client';
import '@understudy/client/page';
import { API } from './orders';
import { Shop } from './shop';

declare global {
  interface Window {
    shop: { watch: Watch };
  }
}

const parameters = new URLSearchParams(location.search);
const api = parameters.get('api') ?? location.origin;
const patch = parameters.get('patch') !== 'no';
const backend = parameters.get('stack') === 'xhr' ? withXhr() : withFetch();

const { injector } = await bootstrapApplication(Shop, {
  providers: [
    provideHttpClient(backend, withInterceptors([understudyInterceptor])),
    provideUnderstudy({ api, patch }),
    { provide: API, useValue: api },
  ],
});
window.shop = { watch: injector.get(UNDERSTUDY) };
