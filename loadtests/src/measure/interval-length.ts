/**
 * The last interval of a load is whatever was left of a second. One shorter than this, milliseconds, says
 * nothing about how busy anything was, and its rates would look like a fall or a peak of everything.
 */
export const SHORTEST_INTERVAL_MS = 300;
