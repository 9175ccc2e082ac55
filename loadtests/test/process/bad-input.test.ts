import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fixture, loopscope, workFolder } from "./loopscope-command.js";

/** What is typed, the exit code, and the one sentence. */
const ROWS: readonly (readonly [readonly string[], number, RegExp])[] = [
  [["rnu", "x.ts"], 104, /^loopscope: loopscope has no verb "rnu"; did you mean run\?$/],
  [["--verzion"], 104, /^loopscope: loopscope has no verb "--verzion"/],
  [["run"], 104, /^loopscope: `loopscope run` needs <script>/],
  [["run", fixture("healthy.ts"), "--duratoin", "3s"], 104, /did you mean --duration\?$/],
  [["run", fixture("healthy.ts"), "--duration", "soon"], 104, /--duration must be a duration above zero/],
  [
    ["run", fixture("healthy.ts"), "--vus", "0"],
    104,
    /--vus must be a whole number from 1 to 100000, got "0"/,
  ],
  [
    ["run", fixture("healthy.ts"), "--engine", "jmeter"],
    104,
    /--engine must be embedded or k6, got "jmeter"/,
  ],
  [["run", fixture("healthy.ts"), "--env", "novalue"], 104, /--env must be KEY=VALUE, got "novalue"/],
  [["run", fixture("healthy.ts"), "--agent", "localhost"], 104, /--agent must be a URL/],
  [["run", fixture("healthy.ts"), "--port", "3000"], 104, /--port is for a target started by a command/],
  [["run", "no-such-script.ts"], 104, /no-such-script\.ts/],
  [["run", fixture("does-not-parse.ts")], 104, /does-not-parse\.ts/],
  [["run", fixture("throws-at-start.ts")], 107, /no settings/],
  [["run", fixture("unknown-metric.ts")], 104, /no such metric \(the nearest is http_req_duration\)/],
  [
    ["run", fixture("wrong-aggregation.ts")],
    104,
    /target_blocks is a counter and has count, rate, not p\(95\)/,
  ],
  [["run", fixture("healthy.ts"), "--agent", "http://127.0.0.1:9"], 120, /no agent answers at http:\/\/127/],
  [["bench"], 104, /`loopscope bench` needs <url>/],
  [["bench", "/users"], 104, /a path alone needs a target's command/],
  [["bench", "ftp://127.0.0.1/"], 104, /must be an http or https URL/],
  [["bench", "-c", "2", "-a", "1", "http://127.0.0.1:9/"], 104, /--amount must be at least --connections/],
  [["bench", "-R", "100", "http://127.0.0.1:9/"], 104, /`loopscope run --rate`/],
  [["bench", "--threshold", "p(95)<2", "http://127.0.0.1:9/"], 104, /--threshold must be a metric, a space/],
  [["bench", "--threshold", "http_reqs p(95)<2", "http://127.0.0.1:9/"], 104, /http_reqs is a counter/],
  [["bench", "-H", "novalue", "http://127.0.0.1:9/"], 104, /--headers must be NAME=VALUE/],
  [["report", "no-such-run"], 104, /no recorded run can be read/],
];

for (const [args, code, sentence] of ROWS) {
  const shown = args.map((word) => path.basename(word)).join(" ");
  test(`\`loopscope ${shown}\` exits ${code} with one sentence`, async (t) => {
    const end = await loopscope(workFolder(t), args);
    assert.equal(end.code, code, end.stderr);
    assert.equal(end.stdout, "");
    const lines = end.stderr
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("without an agent"));
    assert.match(lines[0] ?? "", sentence);
    assert.ok(!/^\s+at /m.test(end.stderr), `a stack trace of ours: ${end.stderr}`);
  });
}

test("a results folder that cannot be made exits 104 and says why", async (t) => {
  const folder = workFolder(t);
  writeFileSync(path.join(folder, "file"), "");
  const end = await loopscope(folder, ["bench", "-a", "10", "http://127.0.0.1:9/", "--out", "file/below"]);
  assert.equal(end.code, 104, end.stderr);
  assert.match(end.stderr, /the run's folder cannot be written: ENOTDIR|EEXIST/);
});

test("--version prints the package's version, --help every verb, and both exit 0", async (t) => {
  const folder = workFolder(t);
  const version = await loopscope(folder, ["--version"]);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const help = await loopscope(folder, ["--help"]);
  for (const verb of ["run", "bench", "report"])
    assert.match(help.stdout, new RegExp(`^  ${verb} +\\S`, "m"));
  assert.deepEqual([version.code, help.code], [0, 0]);
  assert.deepEqual(readdirSync(folder), []);
});
