import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { buildSync } from "esbuild";
import { type NodeRun, PROGRAMS, REGISTER, runNode, startNode } from "./run-node";

const preloaded = ["--require", REGISTER];
const [major = 0] = process.versions.node.split(".").map(Number);
/** On a machine that is busy with others the agent's thread may start after the program's only block. */
const ATTEMPTS = 4;

const SURROUNDINGS: readonly {
  readonly name: string;
  readonly flags: readonly string[];
  /** What the agent can do there. */
  readonly finds: "the function" | "the block" | "nothing, after one warning";
  /** Major versions of Node that know the flags; absent: all. */
  readonly from?: number;
  readonly upTo?: number;
}[] = [
  { name: "--inspect", flags: ["--inspect=127.0.0.1:0"], finds: "the function" },
  { name: "--cpu-prof", flags: ["--cpu-prof"], finds: "the function" },
  { name: "--frozen-intrinsics", flags: ["--frozen-intrinsics"], finds: "the function" },
  { name: "--disable-proto=throw", flags: ["--disable-proto=throw"], finds: "the function" },
  { name: "--disable-proto=delete", flags: ["--disable-proto=delete"], finds: "the function" },
  { name: "--enable-source-maps", flags: ["--enable-source-maps"], finds: "the function" },
  {
    name: "--disallow-code-generation-from-strings",
    flags: ["--disallow-code-generation-from-strings"],
    finds: "the function",
  },
  { name: "--stack-trace-limit=0", flags: ["--stack-trace-limit=0"], finds: "the function" },
  { name: "--jitless", flags: ["--jitless"], finds: "the function" },
  { name: "NODE_V8_COVERAGE", flags: [], finds: "the function" },
  {
    name: "--permission",
    flags: ["--permission", "--allow-fs-read=*"],
    finds: "nothing, after one warning",
    from: 22,
  },
  {
    name: "--permission with workers allowed",
    flags: ["--permission", "--allow-fs-read=*", "--allow-worker"],
    finds: "the block",
    from: 24,
  },
  {
    name: "--permission with workers and the inspector allowed",
    flags: ["--permission", "--allow-fs-read=*", "--allow-worker", "--allow-inspector"],
    finds: "the function",
    from: 26,
  },
  {
    name: "--experimental-permission",
    flags: ["--experimental-permission", "--allow-fs-read=*"],
    finds: "nothing, after one warning",
    upTo: 22,
  },
];

for (const { name, flags, finds, from = 0, upTo = major } of SURROUNDINGS) {
  if (major < from || major > upTo) continue;
  test(`with ${name} a program runs unharmed and the agent finds ${finds}`, async (context) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "loopscope-coexistence-"));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const options = name === "--cpu-prof" ? [...flags, `--cpu-prof-dir=${folder}`] : flags;
    const environment = name === "NODE_V8_COVERAGE" ? { NODE_V8_COVERAGE: folder } : {};
    for (let attempt = 1; ; attempt++) {
      const run = await runNode([...options, ...preloaded, "blocks-once.cjs"], environment);
      assert.equal(run.code, 0, run.stderr);
      assert.doesNotMatch(run.stderr, /Waiting for the debugger to disconnect|MaxListenersExceeded/);
      const warnings = run.stderr.match(/LoopscopeWarning/g)?.length ?? 0;
      assert.equal(warnings, finds === "the function" ? 0 : 1, run.stderr);
      if (found(run, finds)) return;
      assert.ok(attempt < ATTEMPTS, run.stderr);
    }
  });
}

test("bundled into the application, without its files beside it, the agent switches itself off after one warning", async (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "loopscope-bundled-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = path.join(folder, "service.cjs");
  bundled(bundle, []);
  const run = await runNode([bundle]);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stderr.match(/LoopscopeWarning/g)?.length, 1, run.stderr);
  assert.match(run.stderr, /mark @loopscope\/agent as external \(esbuild: external, webpack: externals/);
});

test("marked external in the bundler, the agent finds the block of the bundle", async (context) => {
  const folder = mkdtempSync(path.join(PROGRAMS, "bundled-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const bundle = path.join(folder, "service.cjs");
  bundled(bundle, ["@loopscope/agent"]);
  const run = await runNode([bundle]);
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /LoopscopeWarning/);
  assert.ok(run.blocks.some((block) => block.function === "blocksOnce"));
});

/** @param external packages that the bundler leaves where they are. */
function bundled(outfile: string, external: readonly string[]): void {
  buildSync({
    entryPoints: [path.join(PROGRAMS, "starts-the-agent.cjs")],
    outfile,
    bundle: true,
    platform: "node",
    external: ["@opentelemetry/*", ...external],
    logLevel: "silent",
  });
}

function found(run: NodeRun, expected: (typeof SURROUNDINGS)[number]["finds"]): boolean {
  if (expected === "the function") return run.blocks.some((block) => block.function === "blocksOnce");
  return expected === "the block" ? run.blocks.length > 0 : run.blocks.length === 0;
}

test("a debugger that holds the process is no block of the program's, and afterwards all goes on", async () => {
  const program = startNode(["--inspect=127.0.0.1:0", ...preloaded, "is-paused-by-a-debugger.cjs"]);
  const [, address = ""] = await program.until(/ws:\/\/(127\.0\.0\.1:\d+)\//);
  await program.until(/works/);
  const client = spawn(process.execPath, ["inspect", address], { stdio: ["pipe", "pipe", "ignore"] });
  let said = "";
  let step: "connects" | "pauses" | "holds" = "connects";
  client.stdout.on("data", (chunk: Buffer) => {
    said += chunk;
    if (step === "connects" && said.endsWith("debug> ")) {
      step = "pauses";
      client.stdin.write("pause\n");
    } else if (step === "pauses" && said.includes("break in")) {
      step = "holds";
      setTimeout(() => client.stdin.write("cont\n"), 1200);
    }
  });
  try {
    await program.until(/was paused/);
    // A process waits at its end for a debugger that is still there.
    client.stdin.write(".exit\n");
    const run = await program.ended;
    const paused = run.blocks.filter((block) => block.durationMs > 900);
    assert.deepEqual(
      paused.map((block) => block.cause),
      ["host"],
      run.stderr,
    );
    assert.ok(
      run.blocks.some((block) => block.function === "blocksAfterwards"),
      run.stderr,
    );
  } finally {
    client.kill();
    program.child.kill();
  }
});

test("a program that starts and stops the agent over and over keeps none of its listeners", async () => {
  const run = await runNode([...preloaded, "starts-and-stops-often.cjs"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /listeners left: 0/, run.stderr);
  assert.doesNotMatch(run.stderr, /MaxListenersExceeded|LoopscopeWarning/);
});

test("the agent's thread may be lost in the middle of a block: the program ends by itself, after one warning", async () => {
  const run = await runNode([...preloaded, "loses-the-agents-thread-while-it-blocks.cjs"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /still here/);
  assert.equal(run.stdout.match(/warning LOOPSCOPE_PART_FAILED/g)?.length, 1, run.stdout);
});
