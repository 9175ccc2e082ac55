import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTER, runNode } from "./run-node";

interface SeenSpan {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

test("a block is a span in the trace of its request, by the application's own OpenTelemetry", async () => {
  const run = await runNode(["--require", REGISTER, "traces-its-requests.cjs"]);
  assert.equal(run.code, 0, run.stderr);
  const spans = JSON.parse(/^spans (.*)$/m.exec(run.stdout)?.[1] ?? "[]") as SeenSpan[];
  const requests = spans.filter(({ name }) => name === "GET /traced");
  const blocked = spans.filter(
    ({ name, attributes }) =>
      name === "event loop blocked" && attributes["code.function.name"] === "blocksWithinATrace",
  );
  assert.ok(blocked.length > 0, run.stdout + run.stderr);
  for (const span of blocked) {
    const request = requests.find(({ id }) => id === span.parent);
    assert.ok(request !== undefined, "it has a request's span for its parent");
    assert.equal(span.trace, request.trace);
    assert.match(String(span.attributes["code.file.path"]), /traces-its-requests\.cjs$/);
    assert.equal(span.attributes["loopscope.block.cause"], "javascript");
    // The clocks of the two differ by what the wall clock was corrected by since the process began.
    assert.ok(span.endMs - span.startMs >= 100, JSON.stringify(span));
  }
  assert.match(run.stdout, /own metrics true, the agent's false/);
  assert.doesNotMatch(run.stderr, /LoopscopeWarning/);
});

test("without OpenTelemetry in the application there are no spans, and nothing is loaded for them", async () => {
  const run = await runNode([
    "--require",
    REGISTER,
    "-e",
    `setTimeout(() => console.log(Object.keys(require.cache).filter((file) => file.includes("opentelemetry")).join()), 50)`,
  ]);
  assert.doesNotMatch(run.stdout, /sdk/, run.stdout);
});
