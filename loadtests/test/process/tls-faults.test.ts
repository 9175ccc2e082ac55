import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { fixturePath, runScript } from "./embedded-runs.js";

const ITERATIONS = 6;

/** What a server does instead of a TLS handshake, and what is said of it. */
const FAULTS: readonly (readonly [name: string, behave: (socket: net.Socket) => void, said: RegExp])[] = [
  ["closes at once", (socket) => socket.end(), /: connection reset by peer$/],
  [
    "closes after the hello",
    (socket) => socket.once("data", () => socket.end()),
    /: connection reset by peer$/,
  ],
  [
    "resets after the hello",
    (socket) => socket.once("data", () => socket.resetAndDestroy()),
    /: connection reset by peer$/,
  ],
  ["never answers", () => {}, /: request timeout$/],
  [
    "speaks HTTP without TLS",
    (socket) => socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
    /: tls: (wrong version number|packet length too long|http request)$/,
  ],
];

describe("every request is recorded once when a server, instead of a TLS handshake,", () => {
  for (const [name, behave, said] of FAULTS) {
    it(name, async () => {
      let connections = 0;
      const server = net.createServer((socket) => {
        connections++;
        socket.on("error", () => {});
        behave(socket);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as net.AddressInfo;
      const { result, lines } = await runScript(fixturePath("one-request-per-iteration.js"), {
        env: { BASE: `https://127.0.0.1:${port}` },
        overrides: { vus: 2, iterations: ITERATIONS },
      });
      server.close();
      assert.deepEqual(result.outcome, { kind: "completed" });
      const { started, completed, failed, unfinished } = result.requests;
      assert.deepEqual(
        { started, completed, failed, unfinished, connections },
        { started: ITERATIONS, completed: 0, failed: ITERATIONS, unfinished: 0, connections: ITERATIONS },
      );
      assert.equal(result.latency.count, ITERATIONS);
      assert.equal(lines.length, ITERATIONS);
      for (const line of lines) assert.match(line, said);
    });
  }
});
