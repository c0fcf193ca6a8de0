// What a page without modules has from the script tags of AngularJS and the client, which therefore stand before this one.
import type * as Client from '@understudy/client';
import type Angular from 'angular';

const { understudy, angular } = globalThis as unknown as { understudy: typeof Client; angular: typeof Angular };

export const { current } = understudy;
export default angular;
