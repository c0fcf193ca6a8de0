import { HttpErrorResponse } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { answerOf, injectUnderstudy } from '@understudy/angular';
import { Orders } from './orders';

@Component({
  selector: 'shop-app',
  template: `
    <h1>The shop in Angular</h1>
    <label for="note">Note</label>
    <input id="note" #field [value]="note()" (input)="note.set(field.value)" />
    <button id="load" (click)="load()">Load</button>
    <button id="save" (click)="save()">Save</button>
    <button id="own503" (click)="own503()">The API's own 503</button>
    <p id="outcome" role="status">{{ outcome() }}</p>
    <p>The API is <span id="state">{{ understudy().state }}</span>.</p>
  `,
})
export class Shop {
  readonly #orders = inject(Orders);
  protected readonly understudy = injectUnderstudy();
  protected readonly note = signal('');
  protected readonly outcome = signal('');

  protected load(): Promise<void> {
    return this.#show(async () => `loaded ${(await this.#orders.load()).length} orders`);
  }

  protected save(): Promise<void> {
    return this.#show(async () => `saved ${(await this.#orders.save(this.note())).note}`);
  }

  protected own503(): Promise<void> {
    return this.#show(async () => `loaded ${String(await this.#orders.own503())}`);
  }

  async #show(action: () => Promise<string>): Promise<void> {
    this.outcome.set('');
    try {
      this.outcome.set(await action());
    } catch (error) {
      if (!(error instanceof HttpErrorResponse)) throw error;
      const answer = answerOf(error);
      this.outcome.set(answer ? `refused ${error.status} ${answer.reason}` : `error ${error.status}`);
    }
  }
}
