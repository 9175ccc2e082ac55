/** Circuit breakers without code, against what opossum and cockatiel themselves count. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";

async function start(t: TestContext, fixture: string) {
  const program = await startProgram(t, `libraries/${fixture}.cjs`);
  const metric = program.metric;
  return {
    ...program,
    call: async (action: string) => {
      const answer = await (await fetch(`${program.url}/${action}`)).json();
      return answer as { readonly answers: readonly string[] } & Readonly<Record<string, number>>;
    },
    calls: (name: string, outcome: string) =>
      metric(`loopscope_circuit_breaker_calls_total{circuit_breaker="${name}",outcome="${outcome}"}`),
    opens: (name: string) => metric(`loopscope_circuit_breaker_opens_total{circuit_breaker="${name}"}`),
    stateOf: async (name: string) => {
      const states = ["closed", "open", "half-open"];
      const counts = await Promise.all(
        states.map((state) =>
          metric(`loopscope_circuit_breakers{circuit_breaker="${name}",state="${state}"}`),
        ),
      );
      return states.filter((_, index) => counts[index] === 1).join();
    },
  };
}

test("opossum's breaker shows how calls ended, that it opened, and its state", async (t) => {
  const { call, calls, opens, stateOf } = await start(t, "calls-through-opossum");
  await call("call?how=fine&times=2");
  assert.equal(await stateOf("pay"), "closed");
  assert.equal(await opens("pay"), 0);
  await call("call?how=hangs");
  await call("call?how=fails&times=2");
  const counted = await call("call?how=fine&times=3");
  assert.deepEqual(counted.answers, ["EOPENBREAKER", "EOPENBREAKER", "EOPENBREAKER"]);
  assert.equal(await stateOf("pay"), "open");
  assert.equal(await opens("pay"), 1);
  assert.equal(await calls("pay", "ok"), counted.successes);
  assert.equal(await calls("pay", "timeout"), counted.timeouts);
  // To opossum a time limit is a failure too.
  assert.equal(await calls("pay", "error"), (counted.failures ?? 0) - (counted.timeouts ?? 0));
  assert.equal(await calls("pay", "rejected"), counted.rejects);
});

test("opossum's breaker closes again after a trial, and is no longer shown once it was shut down", async (t) => {
  const { call, opens, stateOf } = await start(t, "calls-through-opossum");
  await call("call?how=fails&times=4");
  assert.equal(await stateOf("pay"), "open");
  await call("halfOpen");
  assert.equal(await stateOf("pay"), "half-open");
  await call("call?how=fails");
  assert.equal(await opens("pay"), 2);
  await call("halfOpen");
  await call("call?how=fine");
  assert.equal(await stateOf("pay"), "closed");
  await call("shutdown");
  assert.equal(await stateOf("pay"), "");
  assert.equal(await opens("pay"), 2);
});

test("a breaker of opossum without a name is not named by chance, and a full one rejects", async (t) => {
  const { call, calls, metricsText } = await start(t, "calls-through-opossum");
  await call("unnamed");
  assert.equal(await calls("opossum", "ok"), 1);
  assert.doesNotMatch(await metricsText(), /circuit_breaker="[\da-f]{8}-/);
  assert.deepEqual((await call("narrow")) as unknown, ["ETIMEDOUT", "ESEMLOCKED"]);
  assert.equal(await calls("narrow", "rejected"), 1);
  assert.equal(await calls("narrow", "timeout"), 1);
  assert.equal(await calls("narrow", "error"), 0);
});

test("cockatiel's breaker shows how calls ended, that it opened, and its state", async (t) => {
  const { call, calls, opens, stateOf } = await start(t, "calls-through-cockatiel");
  await call("call?how=fine&times=2");
  assert.equal(await stateOf("cockatiel"), "closed");
  await call("call?how=hangs");
  const { breaks } = await call("call?how=fails&times=4");
  assert.equal(await stateOf("cockatiel"), "open");
  assert.equal(breaks, 1);
  assert.equal(await opens("cockatiel"), breaks);
  assert.equal(await calls("cockatiel", "ok"), 2);
  assert.equal(await calls("cockatiel", "timeout"), 1);
  assert.equal(await calls("cockatiel", "error"), 2);
  assert.equal(await calls("cockatiel", "rejected"), 2);
});

test("calls that wait for cockatiel's trial count once", async (t) => {
  const { call, calls, stateOf } = await start(t, "calls-through-cockatiel");
  await call("call?how=fails&times=3");
  const { answers } = await call("crowd?times=5");
  assert.deepEqual(answers, ["fine", "fine", "fine", "fine", "fine"]);
  assert.equal(await calls("cockatiel", "ok"), 5);
  assert.equal(await stateOf("cockatiel"), "closed");
});

test("a breaker of cockatiel that is held open is open, and retries are counted", async (t) => {
  const { call, calls, stateOf, metric } = await start(t, "calls-through-cockatiel");
  await call("call?how=fine");
  assert.match(String(await call("isolate")), /circuit breaker is open/);
  assert.equal(await stateOf("cockatiel"), "open");
  assert.equal(await calls("cockatiel", "rejected"), 1);
  await call("dispose");
  assert.equal(await stateOf("cockatiel"), "closed");
  const { retries } = await call("retry");
  assert.equal(retries, 4);
  assert.equal(await metric('loopscope_retries_total{library="cockatiel"}'), retries);
});
