/**
 * Okabe and Ito's palette, told apart by people with any of the common colour-vision deficiencies. Each colour
 * has one meaning on every dashboard, so that a glance carries over.
 */
export const COLOURS = {
  /** The service's own figure: traffic, the median. */
  blue: "#0072B2",
  skyBlue: "#56B4E9",
  /** Fine. */
  green: "#009E73",
  /** High percentiles, warnings. */
  orange: "#E69F00",
  /** Failures, limits, objectives. */
  vermilion: "#D55E00",
  purple: "#CC79A7",
  yellow: "#F0E442",
  grey: "#888888",
} as const;

export type Colour = keyof typeof COLOURS;
