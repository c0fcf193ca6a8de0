import { watch } from '@understudy/client';
import '@understudy/client/page';
import { observe } from '@understudy/meteor';
import { orders } from './orders.js';

const { Meteor, Mongo, Tracker } = window;
const parameters = new URLSearchParams(location.search);
const api = parameters.get('api');
window.shop = { watch: watch({ api }) };

const show = (id, text) => (document.getElementById(id).textContent = text);

if (parameters.get('stack') === 'ddp') {
  const understudy = observe(Meteor, Tracker);
  Tracker.autorun(() => show('state', understudy.snapshot().state));
} else {
  Meteor.disconnect();
  window.shop.watch.subscribe(({ state }) => show('state', state));
}
Tracker.autorun(() => show('ddp', Meteor.status().status));

// The page's own state, in a collection that no server knows.
const Form = new Mongo.Collection(null);
const form = Form.insert({ note: '', outcome: '' });
const set = (fields) => Form.update(form, { $set: fields });
Tracker.autorun(() => show('outcome', Form.findOne(form).outcome));

const note = document.getElementById('note');
note.addEventListener('input', () => set({ note: note.value }));
Tracker.autorun(() => {
  const { note: kept } = Form.findOne(form);
  if (note.value !== kept) note.value = kept;
});

const press = (id, act) =>
  document.getElementById(id).addEventListener('click', async () => {
    set({ outcome: '' });
    try {
      set({ outcome: await act() });
    } catch (error) {
      const answer = error.answer;
      set({ outcome: answer ? `refused ${answer.status} ${answer.reason}` : `error ${error.status}` });
    }
  });

const { load, save, own503 } = orders(api);
press('load', async () => `loaded ${(await load()).length} orders`);
press('save', async () => `saved ${(await save(Form.findOne(form).note)).note}`);
press('own503', own503);
