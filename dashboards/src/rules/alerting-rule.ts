/** Alerts as values. */
import type { Vector } from "../promql/vector.js";

/** `page` wakes somebody: users suffer now. `ticket` is for the next working day. */
export type Severity = "page" | "ticket";

export interface AlertingRule {
  /** Upper camel case, begins with `Loopscope`. */
  readonly alert: string;
  readonly severity: Severity;
  readonly expression: Vector;
  /** How long the condition must hold: long enough not to fire on a deployment. */
  readonly for: `${number}${"s" | "m" | "h"}`;
  /** One line; may name labels of the expression as `{{ $labels.x }}`. */
  readonly summary: string;
  /** What it means, what to look at first, what mends it. Markdown. */
  readonly runbook: string;
  /** UID of the dashboard that shows it. */
  readonly dashboard: string;
}
