// What the server says, as `npm run generate` took it down.
import answers from './answers.json';

export type Header = [name: string, value: string];
export type Reason = 'maintenance' | 'read-only' | 'failure';
export type Form = keyof typeof answers.heads;
export type Situation = keyof typeof answers.bodies;
export type Text = { title: string; message: string };

interface Exchange {
  status: number;
  head: Header[];
  body: string;
}

interface Answers {
  languages: Readonly<Record<string, Readonly<Record<Reason, Text>>>>;
  /** Languages under the names that browsers also have for them, in lower case. */
  aliases: Readonly<Record<string, string>>;
  heads: Readonly<Record<Form, Header[]>>;
  cors: Header[];
  bodies: Readonly<Record<Situation, Readonly<Record<Form, string>>>>;
  preflight: { head: Header[]; cors: Header[] };
  options: Exchange;
  health: Exchange;
  unknown: Exchange;
  wrongMethod: Exchange;
  status: { head: Header[]; body: string; next: string };
}

export const server = answers as unknown as Answers;

const xml: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

// As the server has it, so that no answer can close a script element.
const json = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** How a value is written within each form's strings. */
export const escapes = {
  json: (value: string) => json(value).slice(1, -1),
  xml: (value: string) => value.replace(/[&<>"']/g, (character) => xml[character]!),
  plain: (value: string) => value,
};

/** Puts values in the places of their names; those that are no strings come as JSON. */
export const fill = (template: string, values: Readonly<Record<string, unknown>>, escape: (value: string) => string = escapes.plain): string =>
  template.replace(/\{([a-zA-Z]+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : typeof value === 'string' ? escape(value) : json(value);
  });
