/** What helps against each cause of a block: the decision table, as data. */

import type { BlockCause } from "@loopscope/agent/catalog";

export const BLOCK_REMEDIES: Readonly<Record<BlockCause, string>> = {
  javascript:
    "Move this computation off the event loop: into a pool of worker threads (piscina) or another process; or split it into pieces that yield with setImmediate between them.",
  "sync-io":
    "Use the asynchronous form of this call (fs.promises, or the callback form): it runs in libuv's thread pool or the kernel while the event loop goes on.",
  "sync-crypto":
    "Use the asynchronous form of this call (crypto.scrypt, pbkdf2, randomBytes with a callback): it runs in libuv's thread pool; for much of it raise UV_THREADPOOL_SIZE or use a worker pool.",
  "sync-compression":
    "Use the asynchronous form (zlib.gzip with a callback, or a stream): it runs in libuv's thread pool; or let the proxy in front compress.",
  json: "Send and parse less at a time: paginate, select fields, stream (NDJSON), cache the serialised text, or serialise by schema (fast-json-stringify); parse very large bodies in a worker thread.",
  regexp:
    "Rewrite the expression so that it cannot backtrack without bound (no nested or overlapping repetitions), limit the input's length, or use a linear-time engine (re2).",
  gc: "Allocate less on this path (stream instead of collecting, reuse buffers, bound caches), give the heap more room (--max-old-space-size, --max-semi-space-size), or look for a leak.",
  microtasks:
    "Let the loop breathe: a long chain of promises or process.nextTick never yields to I/O; await setImmediate (timers/promises) every so many items.",
  native:
    "The time goes into native code called synchronously: look for an asynchronous form of the call, or make it in a worker thread.",
  "child-process": "Use spawn or execFile with a callback instead of spawnSync, execSync or execFileSync.",
  "module-load":
    "Load modules at start, not within a request: move the require() to the top of its file, or import it once before listening.",
  "many-tasks":
    "No single function is to blame: many short tasks ran in one turn. Limit concurrency (a semaphore, a bounded queue), batch the work, or add processes.",
  host: "The machine, not the service, stood still: look for CPU limits that throttle the container, noisy neighbours and stolen time, and run the test on a quieter machine.",
  unknown:
    "The stack could not be told. Take a CPU profile of the service while it is under load (POST /profile of the agent) and look at what runs longest.",
};
