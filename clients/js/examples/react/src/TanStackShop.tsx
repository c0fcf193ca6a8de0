import { QueryClient, QueryClientProvider, useMutation, useQuery } from '@tanstack/react-query';
import { useWatch } from '@understudy/react';
import { refetchWhenBack, retryUnlessDown } from '@understudy/react/tanstack';
import { useEffect } from 'react';
import type { Orders } from './orders';
import { Shop } from './Shop';

const client = new QueryClient({ defaultOptions: { queries: { retry: retryUnlessDown() } } });

export function TanStackShop({ orders }: { orders: Orders }) {
  const watch = useWatch();
  useEffect(() => refetchWhenBack(client, watch), [watch]);
  return (
    <QueryClientProvider client={client}>
      <Queries orders={orders} />
    </QueryClientProvider>
  );
}

function Queries({ orders }: { orders: Orders }) {
  const all = useQuery({ queryKey: ['orders'], queryFn: orders.load });
  const own503 = useQuery({ queryKey: ['own-503'], queryFn: orders.own503, enabled: false, retry: retryUnlessDown(1) });
  const save = useMutation({ mutationFn: orders.save });
  return (
    <>
      <Shop
        orders={{
          load: async () => (await all.refetch({ throwOnError: true })).data ?? [],
          save: save.mutateAsync,
          own503: () => own503.refetch({ throwOnError: true }),
        }}
      />
      <p>
        Orders: <span id="count">{all.data?.length ?? 'unknown'}</span>
      </p>
    </>
  );
}
