import Model, { attr } from '@warp-drive/legacy/model';

export default class Order extends Model {
  @attr note;
}
