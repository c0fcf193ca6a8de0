import type { Answer } from './types.js';

/** For those who would rather throw than hand on a 503. */
export class UnderstudyError extends Error {
  readonly answer: Answer;

  constructor(answer: Answer, options?: ErrorOptions) {
    super(answer.title || answer.reason, options);
    this.name = 'UnderstudyError';
    this.answer = answer;
  }
}
