import { formatPlural } from "./figure-format.js";

/** Of thresholds, and of checks: what a person looks through. */
const MOST_JUDGED = 50;

/**
 * All in their order where they are few; of many those that failed first, so that none of them is left out
 * for one that held, and a line that says how many are not shown.
 */
export function worstFirst<T>(
  all: readonly T[],
  failed: (one: T) => boolean,
  noun: string,
): { readonly shown: readonly T[]; readonly note: readonly string[] } {
  if (all.length <= MOST_JUDGED) return { shown: all, note: [] };
  const ordered = [...all.filter(failed), ...all.filter((one) => !failed(one))];
  const hidden = formatPlural(all.length - MOST_JUDGED, `more ${noun}`);
  return { shown: ordered.slice(0, MOST_JUDGED), note: [`… and ${hidden} in the report`] };
}
