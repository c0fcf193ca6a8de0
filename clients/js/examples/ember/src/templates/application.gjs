import { on } from '@ember/modifier';
import { getOwner } from '@ember/owner';
import { service } from '@ember/service';
import Component from '@glimmer/component';
import { tracked } from '@glimmer/tracking';

import { stack } from '../config.js';
import { emberDataShop } from '../shops/ember-data.js';
import { fetchShop } from '../shops/fetch.js';
import { warpDriveShop } from '../shops/warp-drive.js';

const shops = { fetch: fetchShop, 'ember-data': emberDataShop, 'warp-drive': warpDriveShop };

export default class Shop extends Component {
  @service understudy;
  @tracked note = '';
  @tracked outcome = '';

  shop = shops[stack](getOwner(this));

  setNote = (event) => (this.note = event.target.value);
  load = () => this.show(async () => `loaded ${await this.shop.load()} orders`);
  save = () => this.show(async () => `saved ${await this.shop.save(this.note)}`);
  own503 = () => this.show(async () => `loaded ${await this.shop.own503()}`);

  async show(action) {
    this.outcome = '';
    try {
      this.outcome = await action();
    } catch (error) {
      const { status, answer } = this.shop.explain(error);
      this.outcome = answer ? `refused ${status} ${answer.reason}` : `error ${status || error.name}`;
    }
  }

  <template>
    <h1>The shop in Ember</h1>
    <label for="note">Note</label>
    <input id="note" value={{this.note}} {{on "input" this.setNote}} />
    <button id="load" type="button" {{on "click" this.load}}>Load</button>
    <button id="save" type="button" {{on "click" this.save}}>Save</button>
    <button id="own503" type="button" {{on "click" this.own503}}>The API's own 503</button>
    <p id="outcome" role="status">{{this.outcome}}</p>
    <p>The API is <span id="state">{{this.understudy.state}}</span>.</p>
  </template>
}
