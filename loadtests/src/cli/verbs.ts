/**
 * Every verb, in the order in which the help lists them. A new one is one file and one line here. Each is
 * loaded when it is called for: to load all nine took a run a seventh of its start.
 */

import type { VerbDefinition } from "./command-options.js";

interface VerbFile {
  readonly name: string;
  readonly load: () => Promise<VerbDefinition>;
}

const VERB_FILES: readonly VerbFile[] = [
  { name: "run", load: async () => (await import("./run-verb.js")).RUN_VERB },
  { name: "bench", load: async () => (await import("./bench-verb.js")).BENCH_VERB },
  { name: "sweep", load: async () => (await import("./sweep-verb.js")).SWEEP_VERB },
  { name: "capacity", load: async () => (await import("./capacity-verb.js")).CAPACITY_VERB },
  { name: "compare", load: async () => (await import("./compare-verb.js")).COMPARE_VERB },
  { name: "report", load: async () => (await import("./report-verb.js")).REPORT_VERB },
  { name: "k6-operator", load: async () => (await import("./k6-operator-verb.js")).K6_OPERATOR_VERB },
  { name: "top", load: async () => (await import("./top-verb.js")).TOP_VERB },
  { name: "clinic", load: async () => (await import("./clinic-verb.js")).CLINIC_VERB },
];

export const VERB_NAMES: readonly string[] = VERB_FILES.map(({ name }) => name);

/** Undefined: there is no such verb. */
export async function findVerb(name: string): Promise<VerbDefinition | undefined> {
  return await VERB_FILES.find((file) => file.name === name)?.load();
}

export async function allVerbs(): Promise<readonly VerbDefinition[]> {
  return await Promise.all(VERB_FILES.map(({ load }) => load()));
}
