export type { Header, Reason } from './answers.js';
export { movableClock, type Clock } from './clock.js';
export { milliseconds, type Duration } from './duration.js';
export {
  createUnderstudy,
  type Answered,
  type Asked,
  type Occasion,
  type Options,
  type Plan,
  type Texts,
  type Understudy,
} from './understudy.js';
