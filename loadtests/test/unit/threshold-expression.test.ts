import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { holds, parseThresholdExpression } from "../../src/judge/threshold-expression.js";

/** What k6 2.2.0's own parser (metrics/thresholds_parser.go) answered: [text], or [text, method, p, operator, value]. */
type Row = readonly [string] | readonly [string, string, number | null, string, string];

const table = new URL("../../../test/fixtures/k6-threshold-expressions.json", import.meta.url);
const rows = JSON.parse(readFileSync(table, "utf8")) as readonly Row[];

test(`the ${rows.length} strings of the table are accepted, refused and read as k6's parser does`, () => {
  for (const row of rows) {
    const [text, method, percent, operator, value] = row;
    const parsed = parseThresholdExpression(text);
    assert.equal(parsed.ok, method !== undefined, JSON.stringify(text));
    if (!parsed.ok || method === undefined) continue;
    const { aggregation } = parsed.expression;
    assert.equal(aggregation.method, method === "p" ? "percentile" : method, text);
    if (aggregation.method === "percentile") assert.equal(aggregation.percent, percent ?? 0, text);
    assert.equal(parsed.expression.operator, operator, text);
    const expected =
      value === "+Inf"
        ? Number.POSITIVE_INFINITY
        : value === "-Inf"
          ? Number.NEGATIVE_INFINITY
          : Number(value);
    assert.equal(parsed.expression.limit, expected, text);
  }
});

test("a refused expression says why in words that complete a sentence", () => {
  const reasonOf = (text: string): string => {
    const parsed = parseThresholdExpression(text);
    return parsed.ok ? "" : parsed.reason;
  };
  assert.match(reasonOf("p95<250"), /"p95" is no aggregation/);
  assert.match(reasonOf("p(101)<250"), /must be a number from 0 to 100/);
  assert.match(reasonOf("avg<fast"), /"fast" is no number/);
  assert.match(reasonOf("avg 5"), /no operator/);
});

test("each operator holds exactly where it should: below, at and above the limit", () => {
  const truths: readonly (readonly [string, boolean, boolean, boolean])[] = [
    ["avg<5", true, false, false],
    ["avg<=5", true, true, false],
    ["avg>5", false, false, true],
    ["avg>=5", false, true, true],
    ["avg==5", false, true, false],
    ["avg===5", false, true, false],
    ["avg!=5", true, false, true],
  ];
  for (const [text, ...expected] of truths) {
    const parsed = parseThresholdExpression(text);
    assert.ok(parsed.ok);
    assert.deepEqual(
      [4.999, 5, 5.001].map((actual) => holds(parsed.expression, actual)),
      expected,
      text,
    );
  }
});

test("whatever is typed, parsing ends with an expression or a reason", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseThresholdExpression(text);
      assert.ok(parsed.ok ? Number.isFinite(parsed.expression.limit) || true : parsed.reason.length > 0);
    }),
  );
});
