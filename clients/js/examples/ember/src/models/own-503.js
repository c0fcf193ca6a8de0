import Model from '@warp-drive/legacy/model';

/** What the API itself answers with 503. */
export default class Own503 extends Model {}
