/** As understudy's command line has it: `30s`, `30m`, `2h`, `1h30m`, `7d`; or milliseconds. */
export type Duration = string | number;

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  if (!/^(\d+[smhd])+$/.test(duration)) throw new TypeError(`Expected a duration such as 30s, 30m or 1h30m, found ${JSON.stringify(duration)}`);
  return [...duration.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0);
}
