/** What the lab does, and the three ways in which it does each. */

/** Kinds of work: four that wait for somebody else, most of the time, and one that computes. */
export const LAB_WORKS = ["http-call", "database-query", "file-write", "broadcast", "computation"] as const;
export type LabWork = (typeof LAB_WORKS)[number];

/**
 * `blocking`: on the event loop, which waits. `threads`: the same blocking code in a thread of a pool.
 * `asynchronous`: on the event loop, which serves others meanwhile.
 */
export const LAB_WAYS = ["blocking", "threads", "asynchronous"] as const;
export type LabWay = (typeof LAB_WAYS)[number];

/** Anything that says that the work was done, small enough to send. */
export type LabResult = Readonly<Record<string, number>>;

export type LabRoutes = Readonly<Record<LabWay, () => LabResult | Promise<LabResult>>>;
