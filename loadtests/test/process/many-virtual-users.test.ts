/** So many requests in flight that they are read and sent together: still each is recorded once, on few connections. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fixturePath, runScript, startFixture } from "./embedded-runs.js";
import { reply, serveMisbehaving } from "./misbehaving-server.js";

const VIRTUAL_USERS = 400;
const ITERATIONS = 4000;

test("400 virtual users record each request once while a server drops every tenth", async () => {
  const server = await serveMisbehaving((socket, path, index) => {
    if (index % 10 === 9) socket.end();
    else socket.write(reply(path));
  });
  const { result } = await runScript(fixturePath("one-request-per-iteration.js"), {
    env: { BASE: server.url, TIMEOUT: "30s" },
    overrides: { vus: VIRTUAL_USERS, iterations: ITERATIONS },
  });
  await server.stop();
  const { started, completed, failed, unfinished } = result.requests;
  assert.equal(server.seen(), ITERATIONS);
  assert.deepEqual(
    { started, completed, failed, unfinished },
    { started: ITERATIONS, completed: 3600, failed: 400, unfinished: 0 },
  );
  assert.equal(result.latency.count, ITERATIONS);
});

for (const vus of [20, 64, 400]) {
  test(`${vus} virtual users over TLS keep to one connection each`, async () => {
    const server = await startFixture("connection-counting-tls-server.mjs");
    const { result } = await runScript(fixturePath("one-request-per-iteration.js"), {
      env: { BASE: server.url.replace("http:", "https:"), TIMEOUT: "30s" },
      overrides: { vus, iterations: vus * 20 },
    });
    await server.stop();
    const { completed, failed } = result.requests;
    assert.deepEqual({ completed, failed }, { completed: vus * 20, failed: 0 });
    assert.equal(server.lines.at(-1), `connection ${vus}`);
  });
}
