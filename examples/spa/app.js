// A single-page app that asks an API on another origin, and what it can tell of the answer.
'use strict';

const ORDER = JSON.stringify({ item: 'ghost light', count: 1 });

// The order, with cookies and a header of the app's own: both make the browser send a preflight first.
function headersFor(language) {
  const headers = { 'Content-Type': 'application/json', 'X-Shop-Client': 'examples/spa' };
  if (language) headers['Accept-Language'] = language;
  return headers;
}

// Both give { status, headers, body }, or { status: 0, error } where the browser lets nothing through.
async function askByFetch(url, language) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      credentials: 'include',
      cache: 'no-store',
      headers: headersFor(language),
      body: ORDER,
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch (error) {
    return { status: 0, error: String(error) };
  }
}

function askByXhr(url, language) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', url);
    xhr.withCredentials = true;
    for (const [name, value] of Object.entries(headersFor(language))) xhr.setRequestHeader(name, value);
    xhr.onload = () => resolve({ status: xhr.status, headers: parseHeaders(xhr), body: xhr.responseText });
    xhr.onerror = () => resolve({ status: xhr.status, error: 'an error event without a reason' });
    xhr.send(ORDER);
  });
}

// getAllResponseHeaders names exactly what the answer lets this origin read.
function parseHeaders(xhr) {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

// What an app does about an answer: a readable 503 says why and until when, status 0 says nothing.
function explain({ status, headers, body }) {
  if (status === 0) {
    return {
      mood: 'blind',
      title: 'Something did not work.',
      message: 'Offline? A typing error in the address? An outage? The app cannot tell, and so neither can you.',
    };
  }
  const content = parseJson(body);
  if (status === 503 && content) {
    return {
      mood: 'told',
      title: content.title,
      message: content.message,
      language: headers.get('Content-Language'),
      wait: Number(headers.get('Retry-After')) || 0,
    };
  }
  if (status < 300 && content) {
    return { mood: 'served', title: `Order ${content.number} has arrived.`, message: 'The API itself has answered.' };
  }
  return { mood: 'blind', title: `Status ${status}`, message: 'An answer that this app does not know.' };
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// From here on: showing it.

const NOTHING = 'nothing';
const ROWS = [
  ['status', (answer) => String(answer.status)],
  ['Understudy-Reason', (answer) => answer.headers?.get('Understudy-Reason')],
  ['Retry-After', (answer) => answer.headers?.get('Retry-After')],
  ['Content-Language', (answer) => answer.headers?.get('Content-Language')],
  ['body', (answer) => answer.body && `${new TextEncoder().encode(answer.body).length} bytes`],
  ['error', (answer) => answer.error],
];

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;

function fillRow(row, name, values) {
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  row.append(head);
  for (const value of values) {
    const cell = document.createElement('td');
    cell.textContent = value || NOTHING;
    cell.className = value ? 'value' : 'none';
    if (name === 'status') cell.classList.add(value === '0' ? 'bad' : 'good');
    row.append(cell);
  }
}

function show(panel, answers) {
  const content = document.getElementById('outcome').content.cloneNode(true);
  const told = explain(answers[0]);
  const quote = content.querySelector('blockquote');
  quote.className = told.mood;
  if (told.language) {
    quote.lang = told.language;
    quote.dir = RIGHT_TO_LEFT.test(told.language) ? 'rtl' : 'ltr';
  }
  quote.querySelector('.title').textContent = told.title;
  quote.querySelector('.message').textContent = told.message;
  const table = content.querySelector('tbody');
  for (const [name, read] of ROWS) {
    const values = answers.map(read);
    if (values.some(Boolean) || name !== 'error') fillRow(table.insertRow(), name, values);
  }
  const json = parseJson(answers[0].body);
  if (json) {
    content.querySelector('pre').textContent = JSON.stringify(json, null, 2);
  } else {
    content.querySelector('details').remove();
  }
  panel.querySelector('.outcome').replaceChildren(content);
  panel.querySelector('.news').textContent = `Status ${answers[0].status}. ${told.title} ${told.message}`;
  comeBack(panel, told.wait);
}

// Retry-After is when it is worth trying again. The server has spread it, so the app adds nothing.
function comeBack(panel, seconds) {
  const again = panel.querySelector('.again');
  clearInterval(panel.timer);
  again.hidden = !seconds;
  if (!seconds) return;
  const due = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((due - Date.now()) / 1000));
    again.textContent = `The app tries again in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}.`;
    if (left === 0) send(panel);
  };
  panel.timer = setInterval(tick, 1000);
  tick();
}

async function send(panel) {
  clearInterval(panel.timer);
  if (panel.getAttribute('aria-busy') === 'true') return;
  panel.setAttribute('aria-busy', 'true');
  const url = `${panel.dataset.api}/orders`;
  const language = document.getElementById('language').value;
  show(panel, [await askByFetch(url, language), await askByXhr(url, language)]);
  panel.setAttribute('aria-busy', 'false');
}

document.querySelector('.here').textContent = location.origin;
for (const panel of document.querySelectorAll('.panel')) {
  panel.querySelector('button').addEventListener('click', () => send(panel));
}
