/**
 * Long runs, drawn with as many points as a screen can show. Peaks are kept, so a thin line hides no spike.
 */

/** An hour of seconds; a run beyond that has neighbours put together. */
const MOST_POINTS = 3600;

/** Neighbouring seconds in groups, so that there are at most `most` groups. */
export function thinned<Second>(
  seconds: readonly Second[],
  most = MOST_POINTS,
): readonly (readonly Second[])[] {
  const step = Math.max(1, Math.ceil(seconds.length / most));
  const groups: Second[][] = [];
  for (let index = 0; index < seconds.length; index += step) groups.push(seconds.slice(index, index + step));
  return groups;
}

/** The largest value of each group, to four digits; null where the group has none. */
export function mostOf<Second>(
  groups: readonly (readonly Second[])[],
  pick: (second: Second) => number | null,
): (number | null)[] {
  return groups.map((group) => {
    let most: number | null = null;
    for (const second of group) {
      const value = pick(second);
      if (value !== null && (most === null || value > most)) most = value;
    }
    return most === null ? null : rounded(most);
  });
}

/** Four significant digits: finer than a screen, and half the size in the file. */
export function rounded(value: number): number {
  return Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 4));
}
