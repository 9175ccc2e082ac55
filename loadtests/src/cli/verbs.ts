/** Every verb, in the order in which the help lists them. A new one is one file and one line here. */

import { BENCH_VERB } from "./bench-verb.js";
import { CAPACITY_VERB } from "./capacity-verb.js";
import { CLINIC_VERB } from "./clinic-verb.js";
import type { VerbDefinition } from "./command-options.js";
import { COMPARE_VERB } from "./compare-verb.js";
import { K6_OPERATOR_VERB } from "./k6-operator-verb.js";
import { REPORT_VERB } from "./report-verb.js";
import { RUN_VERB } from "./run-verb.js";
import { SWEEP_VERB } from "./sweep-verb.js";
import { TOP_VERB } from "./top-verb.js";

export const VERBS: readonly VerbDefinition[] = [
  RUN_VERB,
  BENCH_VERB,
  SWEEP_VERB,
  CAPACITY_VERB,
  COMPARE_VERB,
  REPORT_VERB,
  K6_OPERATOR_VERB,
  TOP_VERB,
  CLINIC_VERB,
];
