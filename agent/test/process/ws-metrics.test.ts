/** ws without code, against what the application at both ends counts itself. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startProgram } from "./measured-program";

type Counts = Readonly<Record<string, number>>;

async function start(t: TestContext) {
  const program = await startProgram(t, "libraries/talks-by-ws.mjs");
  return {
    call: async <T = Counts>(action: string) => (await (await fetch(`${program.url}/${action}`)).json()) as T,
    metric: (name: string, labels: string) => program.metric(`loopscope_websocket_${name}{${labels}}`),
    text: program.metricsText,
  };
}

test("WebSockets by ws are counted at both ends, and so are their messages", async (t) => {
  const { call, metric, text } = await start(t);
  assert.doesNotMatch(await text(), /^loopscope_websocket_\w+\{/m);
  const { open } = await call("connect?times=3");
  assert.equal(await metric("connections", 'role="server"'), open);
  assert.equal(await metric("connections", 'role="client"'), 3);
  const { byServer, byClients } = await call("talk?times=20");
  assert.equal(byServer, 20);
  assert.equal(await metric("messages_total", 'role="server",direction="received"'), byServer);
  assert.equal(await metric("messages_total", 'role="client",direction="received"'), byClients);
  assert.equal(await metric("messages_total", 'role="client",direction="sent"'), byServer);
  // A welcome for each client, and an echo for each message.
  assert.equal(await metric("messages_total", 'role="server",direction="sent"'), 23);
});

for (const how of ["close", "terminate"])
  test(`a WebSocket that ends by ${how} is open no longer, and sends no more`, async (t) => {
    const { call, metric } = await start(t);
    await call("connect?times=2");
    assert.equal((await call(`close?how=${how}`)).open, 0);
    assert.equal(await metric("connections", 'role="server"'), 0);
    assert.equal(await metric("connections", 'role="client"'), 0);
    assert.match(await call<string>("sendAfterClose"), /not open/);
    assert.equal(await metric("messages_total", 'role="client",direction="sent"'), 0);
  });

test("what a slow receiver does not take is shown as buffered", async (t) => {
  const { call, metric } = await start(t);
  await call("connect?times=2");
  assert.equal(await metric("buffered_bytes", 'role="server"'), 0);
  const { buffered = 0 } = await call("flood?bytes=50000000");
  assert.ok(buffered > 10_000_000, `${buffered} bytes`);
  const shown = (await metric("buffered_bytes", 'role="server"')) ?? 0;
  // The kernel may have taken some more since.
  assert.ok(shown > 10_000_000 && shown <= buffered, `${shown} of ${buffered} bytes`);
});
