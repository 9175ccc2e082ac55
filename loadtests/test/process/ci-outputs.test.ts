/** What a real run leaves for CI systems, as their readers see it. */

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readRunnerLine } from "../unit/github-runner.js";
import { readXml } from "../unit/xml-reader.js";
import { fixture, loopscope, recordedRun, SERVER, workFolder } from "./loopscope-command.js";

interface Project {
  readonly folder: string;
  readonly script: string;
}

/** A repository whose load tests live, and run, in a folder of their own. */
function project(t: { after(fn: () => void): void }): Project {
  const repository = workFolder(t);
  const folder = path.join(repository, "load tests");
  mkdirSync(folder);
  copyFileSync(fixture("awkward-names.ts"), path.join(folder, "awkward.ts"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  return { folder, script: "awkward.ts" };
}

test("in GitHub Actions only our own lines are commands, and they name files from the repository's root", async (t) => {
  const { folder, script } = project(t);
  const summaryFile = path.join(folder, "step-summary.md");
  writeFileSync(summaryFile, "written before\n");
  const environment = {
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: path.dirname(folder),
    GITHUB_STEP_SUMMARY: summaryFile,
  };
  const end = await loopscope(folder, ["run", script, "--", "node", SERVER], { environment });
  assert.equal(end.code, 99, end.stderr);
  const commands = `${end.stdout}\n${end.stderr}`.split("\n").flatMap((line) => readRunnerLine(line) ?? []);
  const source = readFileSync(path.join(folder, script), "utf8").split("\n");
  const line = (text: string): string => String(source.findIndex((one) => one.includes(text)) + 1);
  // A busy machine is a finding of its own: a warning.
  const errors = commands.filter(({ command }) => command !== "warning");
  assert.ok(commands.every(({ data }) => !/not ours|nor this|quoted/.test(data)));
  assert.deepEqual(
    errors.map(({ command, properties }) => [command, properties.file, properties.line, properties.title]),
    [
      ["error", "load tests/awkward.ts", line("p(95)<0"), "http_req_duration{name:a|b c} p(95)<0"],
      ["error", "load tests/awkward.ts", line("rate==1"), "checks rate==1"],
    ],
  );
  assert.match(end.stderr, /not ours/);
  const summary = readFileSync(summaryFile, "utf8");
  assert.match(summary, /^written before\n## ❌ awkward: failed\n/);
  assert.ok(summary.includes("`http_req_duration{name:a\\|b c}`"), summary);
});

test("GitLab gets the script on each case, and all figures of its widget whatever the script's own are", async (t) => {
  const { folder, script } = project(t);
  const environment = { GITLAB_CI: "true", CI_PROJECT_DIR: path.dirname(folder) };
  const end = await loopscope(folder, ["run", script, "-q", "--", "node", SERVER], { environment });
  assert.equal(end.code, 99, end.stderr);
  const run = recordedRun(folder);
  const cases = readXml(readFileSync(path.join(run.path, "junit.xml"), "utf8"))
    .children.flatMap(({ children }) => children)
    .filter(({ name }) => name === "testcase");
  assert.deepEqual(
    cases.map(({ attributes }) => attributes.name),
    [
      "awkward",
      "http_req_duration{name:a|b c} p(95)<0",
      "checks rate==1",
      'constructor / "<b>" &  🙂',
      "constructor / ##[error]quoted",
    ],
  );
  assert.ok(cases.every(({ attributes }) => attributes.file === "load tests/awkward.ts"));
  const report = await loopscope(folder, ["report", run.path, "--format", "k6-summary", "--stdout"]);
  const { metrics, root_group: root } = JSON.parse(report.stdout) as {
    metrics: Record<string, Record<string, number>>;
    root_group: { groups: { constructor: { checks: Record<string, { passes: number; fails: number }> } } };
  };
  assert.ok((metrics.http_reqs?.rate ?? 0) > 0);
  assert.ok((metrics.http_req_waiting?.["p(90)"] ?? 0) > 0);
  assert.ok((metrics.http_req_waiting?.["p(95)"] ?? 0) > 0);
  assert.deepEqual([metrics.checks?.passes, metrics.checks?.fails], [3, 3]);
  assert.equal(root.groups.constructor.checks["##[error]quoted"]?.passes, 3);
});
