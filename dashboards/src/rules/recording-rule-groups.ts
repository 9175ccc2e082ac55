/** Every recording rule, in groups that Prometheus evaluates side by side and each in order. */
import type { RecordingRule } from "../promql/recorded.js";
import { EVENTLOOP_RULES } from "./eventloop-recording-rules.js";
import { HTTP_RULES } from "./http-recording-rules.js";
import { WORK_RULES } from "./work-recording-rules.js";

export interface RecordingRuleGroup {
  readonly name: string;
  readonly rules: readonly RecordingRule[];
}

export const RECORDING_RULE_GROUPS: readonly RecordingRuleGroup[] = [
  { name: "loopscope-http", rules: Object.values(HTTP_RULES) },
  { name: "loopscope-event-loop", rules: Object.values(EVENTLOOP_RULES) },
  { name: "loopscope-work", rules: Object.values(WORK_RULES) },
];
