/** Block causes in words, for people. */

import type { BlockCause } from "@loopscope/agent/catalog";

export const BLOCK_CAUSE_LABELS: Readonly<Record<BlockCause, string>> = {
  javascript: "JavaScript",
  "sync-io": "synchronous I/O",
  "sync-crypto": "synchronous crypto",
  "sync-compression": "synchronous compression",
  json: "JSON",
  regexp: "regular expression",
  gc: "garbage collection",
  microtasks: "microtasks",
  native: "native code",
  "child-process": "child process",
  "module-load": "module loading",
  "many-tasks": "many short tasks",
  host: "host stopped or throttled",
  unknown: "unknown",
};
