export type { Answer, Options, PlannedWindow, Reason, Seen, Snapshot, State, Texts, Watch } from './types.js';
export { current, watch } from './watch.js';
export { parseAnswer } from './answer.js';
export { UnderstudyError } from './error.js';
