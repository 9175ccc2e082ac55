/** `compare --ab` with a command a side: both are started, watched by the agent, loaded in turn and stopped. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { type CommandEnd, fixture, loopscope, SERVER, workFolder } from "./loopscope-command.js";

const LATE = `node "${fixture("answers-late.cjs")}"`;
const SHORT = ["--ab", "--rounds", "6", "-d", "1200ms", "-W", "200ms", "-c", "4"];
/** In each round the agent speaks at least twice, also on a busy machine. */
const WATCHED = ["--ab", "--rounds", "6", "-d", "2500ms", "-W", "200ms", "-c", "4"];

interface Comparison {
  readonly regression: boolean;
  readonly emptiness: string | null;
  readonly folder: string;
  readonly verdicts: Readonly<Record<string, string>>;
}

function comparisonOf(end: CommandEnd): Comparison {
  const document = JSON.parse(end.stdout) as Omit<Comparison, "verdicts"> & {
    comparisons: { metric: string; verdict: string }[];
  };
  const verdicts = document.comparisons.map(({ metric, verdict }) => [metric, verdict]);
  return { ...document, verdicts: Object.fromEntries(verdicts) };
}

function commands(base: string, head: string): readonly string[] {
  return ["--base-command", base, "--head-command", head];
}

test("a head that holds the loop longer is worse for clients and in the target", {
  timeout: 180_000,
}, async (t) => {
  const sides = commands(`HOLD_MS=1 ${LATE}`, `HOLD_MS=80 ${LATE}`);
  const end = await loopscope(workFolder(t), ["compare", ...WATCHED, "--json", ...sides, "/"]);
  assert.equal(end.code, 121, end.stderr);
  const { regression, verdicts, folder } = comparisonOf(end);
  assert.equal(regression, true);
  for (const metric of [
    "throughput",
    "latency p50",
    "target loop time a request",
    "target_blocked_time rate",
  ]) {
    assert.equal(verdicts[metric], "worse", `${metric} is ${verdicts[metric]}`);
  }
  assert.equal(verdicts["target_eventloop_delay avg"], "worse");
  assert.equal(verdicts["failed requests"], "same");
  for (const side of ["base", "head"]) {
    assert.deepEqual(readdirSync(path.join(folder, side)).sort(), ["1", "2", "3", "4", "5", "6"]);
  }
  assert.deepEqual(readdirSync(folder).sort(), [
    "base",
    "comparison.json",
    "head",
    "junit.xml",
    "summary.md",
  ]);
  const again = await loopscope(folder, ["compare", "--json", "base", "head"]);
  assert.equal(again.code, 121, again.stderr);
  assert.deepEqual(comparisonOf(again).verdicts, verdicts);
});

test("the same code on both sides of a script, on one port, is the same", { timeout: 180_000 }, async (t) => {
  const port = await unusedPort();
  const command = `WAIT_MS=25 PORT=${port} ${LATE}`;
  // Six rounds bound the ratio by their extremes, and a shared machine makes those wide.
  const load = ["--margin", "300", "--json", ...SHORT, fixture("within-limits.js")];
  const end = await loopscope(workFolder(t), ["compare", ...load, ...commands(command, command)]);
  assert.equal(end.code, 0, end.stderr);
  const { verdicts } = comparisonOf(end);
  for (const metric of ["throughput", "latency p50", "target_rss max", "failed requests"]) {
    assert.equal(verdicts[metric], "same", `${metric} is ${verdicts[metric]}`);
  }
  assert.equal(await isUnused(port), true, "the last target still listens");
});

test("a head that cannot start ends with 120 and is named", async (t) => {
  const broken = `node "${fixture("ends-before-it-listens.cjs")}"`;
  const end = await loopscope(workFolder(t), ["compare", ...SHORT, ...commands(LATE, broken), "/"]);
  assert.deepEqual([end.code, end.stdout], [120, ""], end.stderr);
  assert.match(end.stderr, /^loopscope: --head-command: the target `node .*` ended with exit code 1 before/m);
  assert.match(end.stderr, /DATABASE_URL is not set/);
  const missing = await loopscope(workFolder(t), [
    "compare",
    ...SHORT,
    ...commands("no-such-program", LATE),
    "/",
  ]);
  assert.equal(missing.code, 120, missing.stderr);
  assert.match(missing.stderr, /--base-command: the target `no-such-program` could not be started/);
});

test("a head that ends under the load ends the comparison with 120", async (t) => {
  const sides = commands(LATE, `END_AFTER=40 ${LATE}`);
  const end = await loopscope(workFolder(t), ["compare", ...SHORT, ...sides, "/"]);
  assert.equal(end.code, 120, end.stderr);
  assert.match(end.stderr, /--head-command: .* ended with exit code 3 during the run, in round 1 of 6\./);
  assert.match(end.stderr, /out of memory, say/);
});

test("two sides that only fail are not the same: nothing was compared", { timeout: 180_000 }, async (t) => {
  const command = `node "${SERVER}"`;
  const load = ["--ab", "--rounds", "6", "-d", "300ms", "-W", "100ms", "/500"];
  const end = await loopscope(workFolder(t), ["compare", ...load, ...commands(command, command)]);
  assert.equal(end.code, 99, end.stderr);
  assert.match(end.stdout, /NOTHING COMPARED: requests to head only failed/);
});

test("Ctrl-C keeps the rounds so far and stops the target", async (t) => {
  const port = await unusedPort();
  const command = `PORT=${port} ${LATE}`;
  let sent = false;
  const end = await loopscope(workFolder(t), ["compare", ...SHORT, ...commands(command, command), "/"], {
    onStderr: (text, child) => {
      if (sent || !text.includes("round 1 of 6: base ")) return;
      sent = true;
      child.kill("SIGINT");
    },
  });
  assert.equal(end.code, 105, end.stderr);
  const [runs = ""] = readdirSync(path.join(end.folder, "runs"));
  assert.ok(readdirSync(path.join(end.folder, "runs", runs, "base", "1")).includes("report.html"));
  assert.equal(await isUnused(port), true, "the last target still listens");
});

test("what does not go together is refused before anything starts", async (t) => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [["--ab", "/", "--base-command", LATE], /--head-command is missing: .* go together/],
    [["--ab", "/", ...commands(LATE, "node 'x.js")], /--head-command has a ' that is never closed/],
    [["--ab", "/", ...commands(LATE, "")], /--head-command must name a program/],
    [["--ab", "/", "/2", ...commands(LATE, LATE)], /one script or path is loaded, got "\/2" besides/],
    [["a", "b", ...commands(LATE, LATE)], /--base-command is for --ab/],
    [["a"], /needs <head>/],
    [["--ab", "http://127.0.0.1:9/"], /--ab needs two URLs/],
    [["--ab", "--port", "3000", "http://127.0.0.1:9/", "http://127.0.0.1:9/"], /--port is for sides started/],
    [["--ab", "-m", "POST", fixture("within-limits.js"), ...commands(LATE, LATE)], /--method is for a URL/],
    [["--ab", fixture("unknown-metric.ts"), ...commands(LATE, LATE)], /there is no such metric/],
  ];
  for (const [args, message] of refused) {
    const end = await loopscope(workFolder(t), ["compare", ...args]);
    assert.deepEqual([end.code, end.stdout], [104, ""], end.stderr);
    assert.match(end.stderr, message);
    assert.deepEqual(readdirSync(end.folder), []);
  }
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isUnused(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
