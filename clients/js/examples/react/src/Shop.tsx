import { useUnderstudy } from '@understudy/react';
import { useState } from 'react';
import { inWords, type Orders } from './orders';

export function Shop({ orders }: { orders: Orders }) {
  const [note, setNote] = useState('');
  const [outcome, setOutcome] = useState('');
  const { state } = useUnderstudy();

  async function show(action: Promise<string>) {
    setOutcome('');
    setOutcome(await action.catch(inWords));
  }

  return (
    <main>
      <h1>The shop in React</h1>
      <label htmlFor="note">Note</label>
      <input id="note" value={note} onChange={(event) => setNote(event.target.value)} />
      <button id="load" onClick={() => show(orders.load().then((all) => `loaded ${all.length} orders`))}>
        Load
      </button>
      <button id="save" onClick={() => show(orders.save(note).then((order) => `saved ${order.note}`))}>
        Save
      </button>
      <button id="own503" onClick={() => show(orders.own503().then(() => 'fine'))}>
        The API's own 503
      </button>
      <p id="outcome" role="status">
        {outcome}
      </p>
      <p>
        The API is <span id="state">{state}</span>.
      </p>
    </main>
  );
}
