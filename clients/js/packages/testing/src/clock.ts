/** What the answers go by: `until`, Retry-After, when a window begins. */
export interface Clock {
  /** In milliseconds since 1970. */
  now(): number;
  advance(milliseconds: number): void | Promise<void>;
}

/** The time of day, moved on by whatever was advanced. It follows a `Date` that a test runner has faked. */
export function movableClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}
