/** `bench` with so many connections that a thread sends for them together: still one answer for each request. */

import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { test } from "node:test";
import { listenOnLoopback } from "./listen-on-loopback.js";
import { loopscope, recordedRun, workFolder } from "./loopscope-command.js";

const CONNECTIONS = 300;
const REQUESTS = 6000;

const CASES: readonly { name: string; listener: (index: number) => RequestListener; connections: number }[] =
  [
    {
      name: "answers at once",
      listener: () => (_, response) => response.end("ok"),
      connections: CONNECTIONS,
    },
    {
      name: "closes each connection at its tenth answer",
      listener: (index) => (_, response) => {
        if (index % 10 === 9) response.setHeader("connection", "close");
        response.end("ok");
      },
      // Each of them opens a new one, where there is more to ask for.
      connections: CONNECTIONS + 1,
    },
  ];

for (const { name, listener, connections } of CASES) {
  test(`${CONNECTIONS} connections record each request once when the server ${name}`, async (t) => {
    let [seen, opened] = [0, 0];
    const server = createServer((request, response) => listener(seen++)(request, response));
    server.on("connection", () => opened++);
    const url = await listenOnLoopback(t, server);
    const args = ["bench", "-q", "-c", `${CONNECTIONS}`, "-a", `${REQUESTS}`, url];
    const { code, stderr, folder } = await loopscope(workFolder(t), args);
    assert.equal(code, 0, stderr);
    const { started, completed, failed } = recordedRun(folder).document.client.requests;
    assert.deepEqual(
      { started, completed, failed, seen },
      { started: REQUESTS, completed: REQUESTS, failed: 0, seen: REQUESTS },
    );
    assert.ok(opened >= connections, `${opened} connections`);
  });
}
