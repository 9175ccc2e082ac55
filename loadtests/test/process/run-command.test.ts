import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fixture, loopscope, recordedRun, SERVER, workFolder } from "./loopscope-command.js";

const TARGET = ["--", process.execPath, SERVER];

test("a healthy target passes its thresholds, exits 0 and leaves a whole record", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), ...TARGET]);
  assert.equal(end.code, 0, end.stderr + end.stdout);
  const { document, files } = recordedRun(end.folder);
  assert.deepEqual(files, [
    "junit.xml",
    "latency.hgrm",
    "report.html",
    "run.json",
    "summary.md",
    "timeline.ndjson",
  ]);
  assert.equal(document.schema, "loopscope/run/1");
  assert.equal(document.engine, "embedded");
  assert.equal(document.client.model, "open");
  const { completed, dropped } = document.client.requests;
  assert.equal(completed + dropped, 100);
  assert.deepEqual(
    document.thresholds.map(({ metric, ok }) => [metric, ok]),
    [
      ["http_req_failed", true],
      ["http_req_duration{name:front}", true],
      ["target_blocks", true],
      ["target_rss", true],
    ],
  );
  assert.equal(document.client.checks[0]?.passes, completed);
  assert.equal(document.target?.node, process.version);
  assert.ok((document.target?.memory.rssBytes.max ?? 0) > 10e6);
  assert.match(end.stdout, /PASSED/);
  assert.match(end.stdout, /report\.html/);
});

test("progress is written at least each second, one line at a time where there is no terminal", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), ...TARGET]);
  const lines = end.stderr.split("\n").filter((line) => /^healthy load /.test(line));
  assert.ok(lines.length >= 2, end.stderr);
  assert.ok(!end.stderr.includes("\u001b"), "escape codes in a pipe");
});

test("a blocking target fails its threshold with 99, and the blocking line is named", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("blocking.ts"), ...TARGET]);
  assert.equal(end.code, 99, end.stderr + end.stdout);
  const { document } = recordedRun(end.folder);
  const blocks = document.target?.blocks ?? [];
  assert.ok(blocks.length >= 4, `${blocks.length} blocks of 8`);
  const own = blocks.filter((block) => block.cause !== "host");
  const named = own.filter((block) => block.function === "holdTheLoop" && block.file === SERVER);
  assert.ok(named.length * 2 > own.length, JSON.stringify(blocks.map((block) => block.function)));
  const [threshold] = document.thresholds;
  assert.equal(threshold?.ok, false);
  // What the machine did to the service is recorded and not held against it.
  assert.equal(threshold?.actual, own.length);
  assert.match(end.stdout, /holdTheLoop/);
});

test("--json prints run.json and nothing else on standard output", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), "--json", ...TARGET]);
  const { path: folder } = recordedRun(end.folder);
  assert.equal(end.stdout, readFileSync(path.join(folder, "run.json"), "utf8"));
  assert.equal(end.code, 0);
});

test("Ctrl-C keeps the results so far, writes every report and exits 105", async (t) => {
  let asked = false;
  const end = await loopscope(workFolder(t), ["run", fixture("long.ts"), ...TARGET], {
    onStderr: (text, child) => {
      if (asked || !/long load 0:02/.test(text)) return;
      asked = true;
      child.kill("SIGINT");
    },
  });
  assert.equal(end.code, 105, end.stderr);
  const { document, files } = recordedRun(end.folder);
  assert.equal(document.outcome.kind, "interrupted");
  assert.ok(document.client.requests.completed > 10);
  assert.ok(document.durationSeconds < 60);
  assert.ok(files.includes("report.html"));
});

test("abortOnFail stops the load within seconds of its delay and exits 99", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("aborts-on-fail.ts"), ...TARGET]);
  assert.equal(end.code, 99, end.stderr);
  const { document } = recordedRun(end.folder);
  assert.ok(document.durationSeconds >= 1 && document.durationSeconds < 30, `${document.durationSeconds} s`);
  assert.equal(document.outcome.kind, "aborted");
});

test("a target that dies under the load ends the run with 120, its last output shown", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("ends-its-target.ts"), ...TARGET]);
  assert.equal(end.code, 120, end.stderr);
  assert.match(end.stderr, /ended with exit code 3 during the run/);
  assert.match(end.stderr, /\| asked to end/);
  const { document } = recordedRun(end.folder);
  assert.equal(document.outcome.kind, "target-died");
  assert.ok(document.client.requests.completed >= 1);
});

test("a target that ends before it listens exits 120 with its last output", async (t) => {
  const target = ["--", process.execPath, fixture("ends-before-it-listens.cjs")];
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), ...target]);
  assert.equal(end.code, 120);
  assert.match(end.stderr, /ended with exit code 1 before it accepted connections/);
  assert.match(end.stderr, /\| reading the settings/);
  assert.match(end.stderr, /\| DATABASE_URL is not set/);
  assert.ok(!existsSync(path.join(end.folder, "runs")));
});

test("a target that never listens exits 120 after --start-timeout, with advice", async (t) => {
  const target = ["--start-timeout", "2s", "--", process.execPath, fixture("never-listens.cjs")];
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), ...target]);
  assert.equal(end.code, 120);
  assert.match(end.stderr, /listened on no port within 2 s \(--start-timeout\)/);
  assert.match(end.stderr, /\| thinking/);
});

test("a target whose program does not exist exits 120 and names it", async (t) => {
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), "--", "no-such-program"]);
  assert.equal(end.code, 120);
  assert.match(end.stderr, /could not be started \(spawn no-such-program ENOENT\)/);
});

test("Ctrl-C while the target starts exits 105 and leaves nothing running", async (t) => {
  let asked = false;
  const target = ["--", process.execPath, fixture("never-listens.cjs")];
  const end = await loopscope(workFolder(t), ["run", fixture("healthy.ts"), ...target], {
    onStderr: (text, child) => {
      if (asked || !/starting the target/.test(text)) return;
      asked = true;
      child.kill("SIGINT");
    },
  });
  assert.equal(end.code, 105, end.stderr);
  assert.match(end.stderr, /interrupted before the load started/);
});

test("nothing of a target outlives the run, not even a grandchild that ignores SIGTERM", {
  timeout: 60_000,
}, async (t) => {
  const folder = workFolder(t);
  const pidFile = path.join(folder, "stubborn.pid");
  const target = [
    "--target-env",
    `PID_FILE=${pidFile}`,
    "--",
    process.execPath,
    fixture("ignores-sigterm.cjs"),
  ];
  const end = await loopscope(folder, ["bench", "-a", "10", "/", ...target]);
  assert.equal(end.code, 0, end.stderr);
  const pid = Number(readFileSync(pidFile, "utf8"));
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

/** A killed orphan that its new parent has not buried yet is dead all the same. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
    return !/^\d+ \(.*\) Z/.test(state);
  } catch {
    return false;
  }
}

test("a target without an agent is measured from outside, and says so", {
  skip: process.platform === "win32",
}, async (t) => {
  const port = "47813";
  const target = ["--port", port, "--target-env", `PORT=${port}`, "--"];
  const command = [fixture("listens-without-node.sh"), process.execPath, SERVER];
  const end = await loopscope(workFolder(t), ["bench", "-a", "50", "/", ...target, ...command]);
  assert.equal(end.code, 0, end.stderr);
  assert.match(end.stderr, /without an agent: the process that listens has no agent inside/);
  const { document } = recordedRun(end.folder);
  assert.equal(document.target, null);
  assert.equal(document.client.requests.completed, 50);
});
