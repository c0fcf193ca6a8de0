// Which form and which language a client gets: RFC 9110 section 12 and RFC 4647 section 3.4, as the server does it.
import { server, type Form } from './answers.js';

/** `a;q=0.5, b` by weight, in their order where they weigh the same. */
function weighed(field: string): { name: string; weight: number }[] {
  return field
    .split(',')
    .map((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { name, weight: weight ? Number(weight.slice(2)) : 1 };
    })
    .filter(({ name, weight }) => name && weight >= 0)
    .sort((a, b) => b.weight - a.weight);
}

// In the order that wins where a client has no preference.
const byAccept: readonly (readonly [type: string, form: Form])[] = [
  ['application/json', 'json'],
  ['application/problem+json', 'problem'],
  ['text/plain', 'text'],
  ['application/xml', 'xml'],
  ['text/xml', 'textXml'],
];

const weightOf = (type: string, ranges: readonly { name: string; weight: number }[]): number =>
  [type, type.replace(/\/.*/, '/*'), '*/*'].flatMap((range) => ranges.find(({ name }) => name === range) ?? [])[0]?.weight ?? 0;

/** The form of the answer, by what the request brings and what it accepts. */
export function formOf(header: (name: string) => string | null): Form {
  const content = (header('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (/^application\/graphql(\+json|-response\+json)?$/.test(content)) return 'graphql';
  if (/^application\/(json-rpc|jsonrequest)$/.test(content)) return 'jsonRpc';
  const ranges = weighed(header('Accept') ?? '');
  const accepted = ranges.filter(({ weight }) => weight > 0);
  if (accepted.some(({ name }) => name === 'application/graphql-response+json')) return 'graphql';
  if (accepted.length === 1 && accepted[0]!.name === 'application/json-rpc') return 'jsonRpc';
  if (accepted.length === 1 && accepted[0]!.name === 'text/event-stream') return 'events';
  let best: Form = 'json';
  let most = 0;
  for (const [type, form] of byAccept) {
    const weight = weightOf(type, ranges);
    if (weight > most) [best, most] = [form, weight];
  }
  if (most === 0 && accepted.some(({ name }) => name.endsWith('+xml'))) return 'xml';
  return best;
}

/** Without its last subtag, and without a single character that would then be the last. */
const shorter = (range: string) => (range.includes('-') ? range.replace(/(-[a-z0-9])?-[^-]*$/, '') : '');

/** The language of the answer among those offered; `fallback` where none fits. */
export function languageOf(field: string | null, offered: readonly string[], fallback: string): string {
  const ranges = weighed(field ?? '');
  const byTag = new Map(offered.map((tag) => [tag.toLowerCase(), tag]));
  const refused = new Set(ranges.filter(({ weight }) => weight === 0).map(({ name }) => name));
  const given = (tag: string | undefined): tag is string => tag !== undefined && !refused.has(tag.toLowerCase());
  for (const { name, weight } of ranges) {
    if (weight === 0) break;
    if (name === '*') {
      const any = [fallback, ...offered].find(given);
      if (any) return any;
      continue;
    }
    for (let range = name; range; range = shorter(range)) {
      const found = byTag.get(range) ?? byTag.get((server.aliases[range] ?? '').toLowerCase());
      if (given(found)) return found;
    }
    const regional = offered.find((tag) => tag.toLowerCase().startsWith(`${name.split('-')[0]}-`));
    if (given(regional)) return regional;
  }
  return fallback;
}
