import { watch, type Watch } from '@understudy/client';
import '@understudy/client/page';
import { UnderstudyProvider } from '@understudy/react';
import { StrictMode, type ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { withAxios, withFetch } from './orders';
import { Shop } from './Shop';
import { TanStackShop } from './TanStackShop';

declare global {
  interface Window {
    shop: { watch: Watch };
  }
}

const parameters = new URLSearchParams(location.search);
const api = parameters.get('api') ?? location.origin;
const stacks: Record<string, () => ReactElement> = {
  fetch: () => <Shop orders={withFetch(api)} />,
  axios: () => <Shop orders={withAxios(api)} />,
  tanstack: () => <TanStackShop orders={withFetch(api)} />,
};

const shop = watch({ api });
window.shop = { watch: shop };

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <UnderstudyProvider watch={shop}>{(stacks[parameters.get('stack') ?? ''] ?? stacks.fetch!)()}</UnderstudyProvider>
  </StrictMode>,
);
