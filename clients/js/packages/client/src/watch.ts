import type { Options, Watch } from './types.js';

export declare function watch(options: Options): Watch;

/** The watch that was made last and not stopped. */
export declare function current(): Watch | null;
