import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { bearer, gatewayStats, startGateway, startUpstream } from "./gateway-client.js";

test("a service that is not there is a 502, one that is silent a 504", async (context) => {
  const silent = await startUpstream(context, () => undefined);
  const slow = await startUpstream(context, (_request, response) => {
    // Signs of life without an end: only the total time can stop it.
    response.write("a");
    const timer = setInterval(() => response.write("b"), 50);
    response.once("close", () => clearInterval(timer));
  });
  const gateway = await startGateway(context, {
    USERS_URL: "http://127.0.0.1:1",
    ORDERS_URL: silent,
    PRODUCTS_URL: slow,
    READ_TIMEOUT_MS: "200",
    TOTAL_TIMEOUT_MS: "1500",
  });
  const ask = (path: string, method = "GET") =>
    fetch(`${gateway.url}/api/${path}`, { method, headers: bearer("ann") });
  assert.equal((await ask("users/1")).status, 502);
  const timedOut = await ask("orders/1", "POST");
  assert.equal(timedOut.status, 504);
  assert.match(((await timedOut.json()) as { detail: string }).detail, /longer than 200 ms \(read\)/);
  // The head was sent: all that is left is to cut the body off rather than to let it run on.
  await assert.rejects((await ask("products/1")).text());
  const retried = await ask("orders/1");
  assert.equal(retried.status, 504);
  assert.equal((await gatewayStats(gateway)).services.orders?.timeouts, 4);
});

test("with missing-timeout the same silence lasts for as long as the client does", async (context) => {
  const silent = await startUpstream(context, () => undefined);
  const settings = { ORDERS_URL: silent, READ_TIMEOUT_MS: "100", TOTAL_TIMEOUT_MS: "200" };
  const gateway = await startGateway(context, { ...settings, FAULT: "missing-timeout" });
  const patience = AbortSignal.timeout(2_000);
  await assert.rejects(fetch(`${gateway.url}/api/orders/1`, { headers: bearer("ann"), signal: patience }), {
    name: "TimeoutError",
  });
});

test("an idempotent call is tried again and a POST is not", async (context) => {
  const calls = new Map<string, number>();
  const upstream = await startUpstream(context, (request, response) => {
    const key = `${request.method}`;
    const call = (calls.get(key) ?? 0) + 1;
    calls.set(key, call);
    request.resume();
    response.statusCode = call <= 2 ? 503 : 200;
    response.end("answer");
  });
  const gateway = await startGateway(context, { ORDERS_URL: upstream });
  const ask = async (method: string) =>
    (await fetch(`${gateway.url}/api/orders/1`, { method, headers: bearer("ann") })).status;
  assert.equal(await ask("GET"), 200);
  assert.equal(await ask("DELETE"), 200);
  assert.equal(await ask("POST"), 503);
  assert.deepEqual(Object.fromEntries(calls), { GET: 3, DELETE: 3, POST: 1 });
  assert.equal((await gatewayStats(gateway)).services.orders?.retries, 4);
});

test("with retry-storm every failing call becomes ten", async (context) => {
  let calls = 0;
  const upstream = await startUpstream(context, (_request, response) => {
    calls += 1;
    response.statusCode = 503;
    response.end();
  });
  const gateway = await startGateway(context, { ORDERS_URL: upstream, FAULT: "retry-storm" });
  for (let request = 0; request < 5; request += 1) {
    await fetch(`${gateway.url}/api/orders/${request}`, { headers: bearer("ann") });
  }
  assert.equal(calls, 50);
});

test("the circuit opens after five failures, lets one probe through, and closes again", async (context) => {
  let broken = true;
  let calls = 0;
  const upstream = await startUpstream(context, (request, response) => {
    calls += 1;
    request.resume();
    response.statusCode = broken ? 500 : 200;
    setTimeout(() => response.end(), 50);
  });
  const openMs = 1_000;
  const gateway = await startGateway(context, { ORDERS_URL: upstream, BREAKER_OPEN_MS: String(openMs) });
  const ask = () => fetch(`${gateway.url}/api/orders/1`, { method: "POST", headers: bearer("ann") });
  const state = async () => (await gatewayStats(gateway)).services.orders?.breaker;

  for (let failure = 0; failure < 5; failure += 1) {
    assert.equal(await state(), "closed");
    assert.equal((await ask()).status, 500);
  }
  const openedAt = performance.now();
  const refused = await ask();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(calls, 5);

  // The probe fails: open for another second, and of ten at once only one was let through.
  while ((await state()) !== "half-open") await delay(20);
  assert.ok(performance.now() - openedAt >= openMs - 100);
  const probes = await Promise.all(Array.from({ length: 10 }, async () => (await ask()).status));
  assert.deepEqual(probes.filter((status) => status === 500).length, 1);
  assert.deepEqual(probes.filter((status) => status === 503).length, 9);
  assert.equal(calls, 6);
  assert.equal(await state(), "open");

  // The probe succeeds: everybody is let through again.
  broken = false;
  while ((await state()) !== "half-open") await delay(20);
  assert.equal((await ask()).status, 200);
  assert.equal(await state(), "closed");
  const after = await Promise.all(Array.from({ length: 10 }, async () => (await ask()).status));
  assert.ok(after.every((status) => status === 200));
  const { breakerOpens, shortCircuited } = (await gatewayStats(gateway)).services.orders ?? {};
  assert.deepEqual([breakerOpens, shortCircuited], [2, 10]);
});

test("a broken service leaves the others alone", async (context) => {
  const gateway = await startGateway(context, { ORDERS_URL: "http://127.0.0.1:1" });
  for (let failure = 0; failure < 3; failure += 1) {
    await fetch(`${gateway.url}/api/orders/${failure}`, { headers: bearer("ann") });
  }
  assert.equal((await gatewayStats(gateway)).services.orders?.breaker, "open");
  const other = await fetch(`${gateway.url}/api/users/1`, { headers: bearer("ann") });
  assert.equal(other.status, 200);
});
