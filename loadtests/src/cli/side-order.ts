/** The two sides of a comparison, and in which order a round loads them. */

export const SIDES = ["base", "head"] as const;
export type Side = (typeof SIDES)[number];

/** ABBA: drift of the machine hits both sides alike. @param round from 1. */
export function sidesOfRound(round: number): readonly Side[] {
  return round % 2 === 1 ? SIDES : ["head", "base"];
}
