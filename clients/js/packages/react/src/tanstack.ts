import type { QueryClient } from '@tanstack/react-query';
import { UnderstudyError, current, type Watch } from '@understudy/client';

type Retry = boolean | number | ((failures: number, error: Error) => boolean);

const isDown = (watch: Watch | null): boolean => watch?.state === 'maintenance' || watch?.state === 'failure';

/**
 * For TanStack Query's `retry`. It waits 7 seconds in all before it shows an error; what understudy said is to be seen at once, and
 * the watch asks again by itself. Other errors are retried as `otherwise` says, whose default is TanStack's own.
 */
export function retryUnlessDown(otherwise: Retry = 3, watch?: Watch): (failures: number, error: Error) => boolean {
  return (failures, error) => {
    if (error instanceof UnderstudyError || isDown(watch ?? current())) return false;
    if (typeof otherwise === 'function') return otherwise(failures, error);
    return typeof otherwise === 'number' ? failures < otherwise : otherwise;
  };
}

/** Asks again for what could not be loaded, once the API is back. Returns how to end it. */
export function refetchWhenBack(client: QueryClient, watch: Watch): () => void {
  return watch.on('recovered', () => {
    void client.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  });
}
