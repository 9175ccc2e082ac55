/**
 * k6's threshold expressions (`p(95)<250`): accepts and refuses exactly what k6 2.2's parser does; and beyond
 * it windows (`p(95)[last 10s]<250`) and each value of a tag (`forall name p(95)<250`).
 */

import type { Aggregation } from "../measure/metric.js";
import { parseGoFloat } from "./go-float.js";

export type ThresholdOperator = "<=" | "<" | ">=" | ">" | "===" | "==" | "!=";

export interface ThresholdExpression {
  readonly aggregation: Aggregation;
  readonly operator: ThresholdOperator;
  readonly limit: number;
  /** Judged each second over so many latest ones, 1 to 120; left out: over the whole load. */
  readonly lastSeconds?: number;
  /** Must hold for each value of this tag; left out: for all together. */
  readonly forAll?: string;
}

const FOR_ALL = /^\s*forall\s+([A-Za-z_]\w*)\s+(?=\S)/;

const WINDOW = /^(.*?)\s*\[\s*last\s+(\d+)\s*s\s*\]$/;
const LONGEST_WINDOW_SECONDS = 120;

/** In the order in which k6 looks for them: the first one found anywhere splits the expression. */
const OPERATORS: readonly ThresholdOperator[] = ["<=", "<", ">=", ">", "===", "==", "!="];

const KEYWORDS = ["value", "count", "rate", "avg", "min", "med", "max"] as const;

/** The parsed expression, or the reason why it is none, to follow "because". */
export function parseThresholdExpression(
  whole: string,
): { readonly ok: true; readonly expression: ThresholdExpression } | { readonly ok: false; reason: string } {
  const forAll = FOR_ALL.exec(whole);
  const text = forAll === null ? whole : whole.slice(forAll[0].length);
  const parts = splitAtOperator(text);
  if (parts === undefined) {
    return { ok: false, reason: "it has no operator followed by a number (<, <=, >, >=, ==, ===, !=)" };
  }
  const window = WINDOW.exec(parts.left);
  const lastSeconds = Number(window?.[2] ?? 1);
  if (lastSeconds < 1 || lastSeconds > LONGEST_WINDOW_SECONDS) {
    return { ok: false, reason: `a window is 1 to ${LONGEST_WINDOW_SECONDS} seconds long ([last 10s])` };
  }
  const aggregation = parseAggregation(window?.[1] ?? parts.left);
  if (typeof aggregation === "string") return { ok: false, reason: aggregation };
  const limit = parseGoFloat(parts.right);
  if (limit === undefined) return { ok: false, reason: `"${parts.right}" is no number` };
  return {
    ok: true,
    expression: {
      aggregation,
      operator: parts.operator,
      limit,
      ...(window === null ? {} : { lastSeconds }),
      ...(forAll?.[1] === undefined ? {} : { forAll: forAll[1] }),
    },
  };
}

/** Whether `actual` satisfies the expression. */
export function holds(expression: ThresholdExpression, actual: number): boolean {
  switch (expression.operator) {
    case "<":
      return actual < expression.limit;
    case "<=":
      return actual <= expression.limit;
    case ">":
      return actual > expression.limit;
    case ">=":
      return actual >= expression.limit;
    case "==":
    case "===":
      return actual === expression.limit;
    case "!=":
      return actual !== expression.limit;
  }
}

/** Whether `actual` is farther from what the expression asks, or more against it, than `than`. */
export function isWorse(expression: ThresholdExpression, actual: number, than: number): boolean {
  switch (expression.operator) {
    case "<":
    case "<=":
      return actual > than;
    case ">":
    case ">=":
      return actual < than;
    default:
      return holds(expression, than) && !holds(expression, actual);
  }
}

/** k6's spelling: `p(99.9)`, `count`. */
export function aggregationName(aggregation: Aggregation): string {
  return aggregation.method === "percentile" ? `p(${aggregation.percent})` : aggregation.method;
}

function splitAtOperator(
  text: string,
): { left: string; operator: ThresholdOperator; right: string } | undefined {
  for (const operator of OPERATORS) {
    const at = text.indexOf(operator);
    const right = at === -1 ? "" : text.slice(at + operator.length);
    if (right !== "") return { left: text.slice(0, at).trim(), operator, right: right.trim() };
  }
  return undefined;
}

function parseAggregation(text: string): Aggregation | string {
  const keyword = KEYWORDS.find((candidate) => candidate === text);
  if (keyword !== undefined) return { method: keyword };
  // A bare `p` passes k6's parser and is read as p(0).
  if (text === "p") return { method: "percentile", percent: 0 };
  if (text.startsWith("p(") && text.endsWith(")")) {
    const percent = parseGoFloat(text.slice(2, -1));
    if (percent !== undefined && percent >= 0 && percent <= 100) return { method: "percentile", percent };
    return `the percentile in "${text}" must be a number from 0 to 100`;
  }
  return `"${text}" is no aggregation (value, count, rate, avg, min, med, max, p(N))`;
}
