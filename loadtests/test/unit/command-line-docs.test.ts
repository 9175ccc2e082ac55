/** Holds docs/command-line.md to the code. `UPDATE_DOCS=1` writes what is generated anew. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { renderOverview, renderVerbHelp } from "../../src/cli/help-text.js";
import { allVerbs, VERB_NAMES } from "../../src/cli/verbs.js";
import { EXIT_CODES } from "../../src/exit-codes.js";
import { TARGET_METRICS } from "../../src/judge/target-metric-catalog.js";
import { ERROR_EXIT_CODES } from "../../src/loopscope-error.js";

const VERBS = await allVerbs();
const FILE = new URL("../../../../docs/command-line.md", import.meta.url);

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  passed: "passed, or nothing was to be judged",
  internalError: "a defect of Loopscope itself, shown with its stack",
  thresholdsFailed: "a threshold failed",
  setupTimeout: "`setup` timed out",
  teardownTimeout: "`teardown` timed out",
  invalidConfig: "invalid option, configuration or script",
  interrupted: "interrupted by the user; results so far are kept",
  scriptException: "the script threw",
  testAborted: "the script called `test.abort()`",
  testFailed: "the script called `exec.test.fail()`",
  targetFailed: "the target could not be started, never became reachable, or died during the run",
  regression: "`compare` found a regression",
  notTrustworthy: "the run is not trustworthy (only with `--strict`)",
};

const SECTIONS: Readonly<Record<string, string>> = {
  "exit codes": table(
    ["code", "meaning"],
    Object.entries(EXIT_CODES).map(([name, code]) => [
      String(code),
      EXIT_MEANINGS[name as keyof typeof EXIT_CODES],
    ]),
  ),
  "target metrics": table(
    ["metric", "aggregations", "tags", "what it is"],
    TARGET_METRICS.map((metric) => [
      `\`${metric.name}\``,
      metric.aggregations.map((method) => (method === "percentile" ? "p(N)" : method)).join(", "),
      metric.tags.join(", "),
      metric.description,
    ]),
  ),
  verbs: ["```", renderOverview(VERBS).trimEnd(), "```", "", ...VERBS.flatMap(verbSection)]
    .join("\n")
    .trimEnd(),
  "error codes": table(
    ["code", "exit code"],
    Object.entries(ERROR_EXIT_CODES).map(([code, exitCode]) => [`\`${code}\``, String(exitCode)]),
  ),
};

function verbSection(verb: (typeof VERBS)[number]): readonly string[] {
  return [`### \`${verb.name}\``, "", "```", renderVerbHelp(verb).trimEnd(), "```", ""];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function withSections(text: string): string {
  return Object.entries(SECTIONS).reduce((document, [name, content]) => {
    const marks = new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(<!-- end -->)`);
    assert.match(document, marks, `docs/command-line.md has no place for ${name}`);
    return document.replace(
      marks,
      (_, opening: string, closing: string) => `${opening}${content}\n${closing}`,
    );
  }, text);
}

test("docs/command-line.md shows every verb's help, exit code, error code and target metric as they are", () => {
  const text = readFileSync(FILE, "utf8");
  const expected = withSections(text);
  if (process.env.UPDATE_DOCS === "1") writeFileSync(FILE, expected);
  else assert.equal(text, expected, "write it anew: UPDATE_DOCS=1 node --test on this file");
});

test("each verb is found by the name that it calls itself", () => {
  assert.deepEqual(
    VERBS.map(({ name }) => name),
    VERB_NAMES,
  );
});

test("the help of no verb is wider than 100 columns or names an option twice", () => {
  for (const verb of VERBS) {
    const wide = renderVerbHelp(verb)
      .split("\n")
      .filter((line) => line.length > 100 && !line.startsWith("Usage:") && !line.startsWith("  loopscope"));
    assert.deepEqual(wide, [], verb.name);
    const names = verb.options.map((option) => option.name);
    const letters = verb.options.flatMap((option) => (option.short === undefined ? [] : [option.short]));
    assert.equal(new Set(names).size, names.length, verb.name);
    assert.equal(new Set(letters).size, letters.length, verb.name);
  }
});
