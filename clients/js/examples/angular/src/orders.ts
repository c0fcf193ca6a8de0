import { HttpClient } from '@angular/common/http';
import { inject, Injectable, InjectionToken } from '@angular/core';
import { firstValueFrom } from 'rxjs';

export const API = new InjectionToken<string>('the origin of the API');

export interface Order {
  id: string;
  note: string;
}

const options = { withCredentials: true, headers: { 'X-Shop-Client': 'web' } };

/** What the shop asks of its API. */
@Injectable({ providedIn: 'root' })
export class Orders {
  readonly #http = inject(HttpClient);
  readonly #base = `${inject(API)}/v1`;

  load(): Promise<Order[]> {
    return firstValueFrom(this.#http.get<Order[]>(`${this.#base}/orders`, options));
  }

  save(note: string): Promise<Order> {
    return firstValueFrom(this.#http.post<Order>(`${this.#base}/orders`, { note }, options));
  }

  own503(): Promise<unknown> {
    return firstValueFrom(this.#http.get(`${this.#base}/own-503`, options));
  }
}
