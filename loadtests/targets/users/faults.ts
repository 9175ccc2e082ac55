/** The mistakes that FAULT switches on, and what a diagnosis of each must say. */

import type { TargetFault } from "../service/fault.js";

export const USERS_FAULTS = [
  {
    id: "sync-password-hash",
    what: "A registration hashes its password with scryptSync, on the event loop.",
    article: "A blocking call inside a coroutine holds up all others; run it on a thread pool.",
    expected: {
      cause: "sync-crypto",
      function: "hashPassword",
      file: "targets/users/password-hash.ts",
      route: "/users",
    },
  },
  {
    id: "catastrophic-regexp",
    what: "An email is checked by a pattern that takes exponential time on a text made for it.",
    article: "Work that needs the processor belongs off the event loop, and its size needs a bound.",
    expected: {
      cause: "regexp",
      function: "isEmailByPattern",
      file: "targets/users/email-address.ts",
      route: "/users",
    },
  },
  {
    id: "pool-too-small",
    what: "The pool holds one connection, so that every request waits for the one before it.",
    article: "Size the connection pool for the load: at least 5, at most 20 here.",
    expected: { cause: "pool-wait", route: "/users/:id/messages" },
  },
  {
    id: "query-without-index",
    what: "Messages are looked up by user without an index on the user: each question reads the table.",
    article: "The database is the usual bottleneck: optimise its access first.",
    expected: { cause: "slow-query", route: "/users/:id/messages" },
  },
  {
    id: "n-plus-one",
    what: "A list of messages is fetched with two queries for each of its items.",
    article: "Batch queries to cut the round trips to the database.",
    expected: { cause: "many-queries", route: "/users/:id/messages" },
  },
  {
    id: "cache-stampede",
    what: "When a cache entry runs out, every request that wants it asks the database.",
    article: "Cache-aside for 300 s takes load off the database, until entries run out together.",
    expected: { cause: "cache-stampede", route: "/users/:id" },
  },
] as const satisfies readonly TargetFault[];

export type UsersFaultId = (typeof USERS_FAULTS)[number]["id"];

export const USERS_FAULT_IDS: readonly UsersFaultId[] = USERS_FAULTS.map(({ id }) => id);
