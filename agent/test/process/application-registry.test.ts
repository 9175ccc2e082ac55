/** The agent's metrics on the application's own page. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";

const PROGRAM = "libraries/has-a-registry-of-its-own.cjs";
const COUNT =
  'http_server_request_duration_seconds_count{http_request_method="GET",http_route="unmatched",http_response_status_code="200"}';

async function start(t: TestContext, env: Readonly<Record<string, string>>) {
  const program = await startProgram(t, PROGRAM, { env });
  return { program, get: async (page: string) => (await fetch(program.url + page)).text() };
}

for (const library of ["prom-client", "@prometheus-io/client"]) {
  for (const [how, env] of [
    ["given by the application", { INJECT: "1" }],
    ["found by the agent", { LOOPSCOPE_MERGE_INTO_REGISTRY: "on" }],
  ] as const) {
    test(`${library}: a registry ${how} shows both, and the application's own metrics stand`, async (t) => {
      const { program, get } = await start(t, { LIBRARY: library, ...env });
      for (let sent = 0; sent < 5; sent++) await get("/");
      const page = await get("/metrics");
      assert.ok(page.includes(`\n${COUNT} 5\n`), page.slice(0, 2000));
      assert.match(page, /^shop_orders_total 3$/m);
      assert.match(page, /^http_server_active_requests 42$/m);
      assert.match(page, /^loopscope_eventloop_delay_seconds_bucket\{le="\+Inf"\} \d+$/m);
      const headed = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      assert.deepEqual(
        headed.filter((name, at) => headed.indexOf(name) !== at),
        [],
      );
      assert.match(page, /^nodejs_eventloop_lag_p99_seconds|^nodejs_eventloop_utilization/m);
      // The agent's own page is not changed by it.
      assert.equal(await program.metric(COUNT), 6);
      assert.doesNotMatch(program.stderr(), /LoopscopeWarning/);
    });
  }

  test(`${library}: the application's OpenMetrics has the agent's counters and exemplars in that form`, async (t) => {
    const { get } = await start(t, { LIBRARY: library, INJECT: "1" });
    const page = await get("/openmetrics");
    assert.match(page, /^# TYPE loopscope_agent_stack_captures counter$/m);
    assert.match(page, /^loopscope_agent_stack_captures_total \d+$/m);
    assert.match(page, /# EOF\n$/);
  });

  test(`${library}: what was put in is taken out again, and nothing else`, async (t) => {
    const { get } = await start(t, { LIBRARY: library, INJECT: "1" });
    await get("/leave");
    const page = await get("/metrics");
    assert.doesNotMatch(page, /loopscope_|http_server_request_duration/);
    assert.match(page, /^shop_orders_total 3$/m);
    assert.match(page, /^process_cpu_seconds_total /m);
  });
}

test("without the setting the application's registry is left alone", async (t) => {
  const { get } = await start(t, { LIBRARY: "prom-client" });
  assert.doesNotMatch(await get("/metrics"), /loopscope_/);
});

test("a registry that is cleared stays cleared", async (t) => {
  const { get } = await start(t, { LIBRARY: "prom-client", INJECT: "1" });
  await get("/clear");
  assert.equal((await get("/metrics")).trim(), "");
});

test("promtool finds no fault with the application's page", async (t) => {
  if (spawnSync("promtool", ["--version"]).error !== undefined) return t.skip("promtool is not installed");
  const { get } = await start(t, { LIBRARY: "prom-client", LOOPSCOPE_MERGE_INTO_REGISTRY: "on" });
  const check = spawnSync("promtool", ["check", "metrics"], {
    input: await get("/metrics"),
    encoding: "utf8",
  });
  // prom-client's own names, and OpenTelemetry's that ends in _count, are not to the checker's taste.
  const ours = `${check.stdout}${check.stderr}`
    .split("\n")
    .filter((line) => /^(loopscope|http|v8js)_/.test(line));
  assert.deepEqual(ours, []);
});
