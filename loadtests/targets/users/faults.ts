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
    request: {
      method: "POST",
      path: "/users",
      body: '{"name":"A","email":"a@example.com","password":"a long password"}',
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
    request: {
      method: "POST",
      path: "/users",
      body: `{"name":"A","email":"${"a".repeat(28)}!","password":"a long password"}`,
    },
  },
  {
    id: "pool-too-small",
    what: "The pool holds one connection, so that every request waits for the one before it.",
    article: "Size the connection pool for the load: at least 5, at most 20 here.",
    expected: { cause: "pool-wait", route: "/users/:id/messages" },
    request: {
      method: "GET",
      path: "/benchmark",
      perSecond: 10,
      limitMs: 1000,
      beside: { path: "/users/1/messages", limitMs: 10 },
    },
  },
  {
    id: "query-without-index",
    what: "Messages are looked up by user without an index on the user: each question reads the table.",
    article: "The database is the usual bottleneck: optimise its access first.",
    expected: { cause: "slow-query", route: "/users/:id/messages" },
    request: { method: "GET", path: "/users/1/messages", perSecond: 20, limitMs: 8 },
  },
  {
    id: "n-plus-one",
    what: "A list of messages is fetched with two queries for each of its items.",
    article: "Batch queries to cut the round trips to the database.",
    expected: { cause: "many-queries", route: "/users/:id/messages" },
    request: { method: "GET", path: "/users/1/messages", perSecond: 40, limitMs: 3 },
  },
  {
    id: "cache-stampede",
    what: "When the ranking's cache entry runs out, every request that wants it asks the database.",
    article: "Cache-aside takes load off the database, until a popular entry runs out.",
    expected: { cause: "cache-stampede", route: "/authors" },
    request: { method: "GET", path: "/authors", perSecond: 120 },
  },
  {
    id: "huge-json",
    what: "All messages are sent as one JSON document, stringified in one go.",
    article: "Serialization is work for the processor too: stream what is long.",
    expected: {
      cause: "json",
      function: "exportAsOneDocument",
      file: "targets/users/message-export.ts",
      route: "/messages/export",
    },
    request: { method: "GET", path: "/messages/export" },
  },
  {
    id: "sync-file-read",
    what: "A search reads thousands of small files with readFileSync.",
    article: "File calls block as network calls do; use the asynchronous ones, a few at a time.",
    expected: {
      cause: "sync-io",
      function: "searchFilesSync",
      file: "targets/users/help-search.ts",
      route: "/help",
    },
    request: { method: "GET", path: "/help?word=password" },
  },
  {
    id: "large-array-sort",
    what: "Three hundred thousand products are sorted in the handler for the first twenty.",
    article: "Work that needs the processor belongs elsewhere: in the database, or in a worker.",
    expected: {
      cause: "javascript",
      function: "rankInHandler",
      file: "targets/users/product-ranking.ts",
      route: "/products/ranking",
    },
    request: { method: "GET", path: "/products/ranking" },
  },
  {
    id: "gc-churn",
    what: "Statistics make a million and a half short-lived functions for each request.",
    article: "Memory that is allocated has to be collected: fewer objects, less of both.",
    expected: {
      cause: "gc",
      function: "countBandsWithClosures",
      file: "targets/users/price-statistics.ts",
      route: "/products/statistics",
    },
    request: { method: "GET", path: "/products/statistics" },
  },
  {
    id: "slow-leak",
    what: "Each visit is remembered in a list that nothing ever shortens.",
    article: "Look for memory leaks: what grows with traffic needs a bound.",
    expected: { cause: "leak", route: "/users/:id" },
    request: { method: "GET", path: "/users/1", perSecond: 300, seconds: 60 },
  },
] as const satisfies readonly TargetFault[];

export type UsersFaultId = (typeof USERS_FAULTS)[number]["id"];

export const USERS_FAULT_IDS: readonly UsersFaultId[] = USERS_FAULTS.map(({ id }) => id);
