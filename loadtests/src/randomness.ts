/** The one door through which chance enters the load tests. */

// Taken before a script can seed Math.random: the timetable's chance and the script's are not to mix.
const original = Math.random;

/** Uniform in 0 (included) to 1 (excluded). */
export function uniformRandom(): number {
  return original();
}
