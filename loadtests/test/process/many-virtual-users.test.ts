/** So many requests in flight that they are sent together: still each is recorded once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fixturePath, runScript } from "./embedded-runs.js";
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
