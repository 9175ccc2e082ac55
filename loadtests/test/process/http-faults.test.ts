import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { fixturePath, runScript } from "./embedded-runs.js";
import { type Behaviour, reply, serveMisbehaving, writeSlowly } from "./misbehaving-server.js";

const SCRIPT = fixturePath("one-request-per-iteration.js");
const ITERATIONS = 30;
const VIRTUAL_USERS = 3;

interface Fault {
  readonly name: string;
  readonly behave: Behaviour;
  /** Of 30 requests: how many get a whole answer, and how many run into their timeout. */
  readonly completed: number;
  readonly timedOut?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Node resets bare TCP connections only. */
  readonly plainOnly?: boolean;
}

/** Every third request is treated badly. */
const everyThird =
  (bad: Behaviour): Behaviour =>
  (socket, path, index) =>
    index % 3 === 2 ? bad(socket, path, index) : socket.write(reply(path));

const FAULTS: readonly Fault[] = [
  { name: "nothing", behave: (socket, path) => socket.write(reply(path)), completed: 30 },
  { name: "dropped replies", behave: everyThird((socket) => socket.end()), completed: 20 },
  {
    name: "resets",
    behave: everyThird((socket) => socket.resetAndDestroy()),
    completed: 20,
    plainOnly: true,
  },
  {
    name: "resets within the body",
    behave: everyThird((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", () => socket.resetAndDestroy()),
    ),
    completed: 20,
    plainOnly: true,
  },
  {
    name: "resets within a body that ends with the connection",
    behave: everyThird((socket) =>
      socket.write("HTTP/1.1 200 OK\r\n\r\nhalf", () => setTimeout(() => socket.resetAndDestroy(), 20)),
    ),
    completed: 20,
    plainOnly: true,
  },
  {
    name: "Connection: close after each reply",
    behave: (socket, path) => socket.end(reply(path, "Connection: close\r\n")),
    completed: 30,
  },
  {
    name: "a connection closed without saying so after each reply",
    behave: (socket, path) => socket.end(reply(path)),
    // A request that crosses the closing on its way is lost: it was sent, so it counts as failed.
    completed: -1,
  },
  {
    name: "truncated bodies",
    behave: everyThird((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")),
    completed: 20,
  },
  {
    name: "truncated heads",
    behave: everyThird((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le")),
    completed: 20,
  },
  {
    name: "bodies that stop in the middle",
    behave: everyThird((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")),
    completed: 20,
    timedOut: 10,
  },
  {
    name: "replies after the timeout",
    behave: everyThird((socket, path) => setTimeout(() => socket.write(reply(path)), 320)),
    completed: 20,
    timedOut: 10,
  },
  {
    name: "slow bodies, byte by byte",
    behave: (socket, path) => writeSlowly(socket, reply(path)),
    completed: 30,
  },
  {
    name: "multi-byte text split between reads",
    behave: (socket) => writeSlowly(socket, reply("é€😀")),
    completed: 30,
    env: { EXPECT: "é€😀" },
  },
  {
    name: "multi-byte text split between chunks",
    behave: (socket) => {
      const chunks = [...Buffer.from("é€😀")].map((byte) => [
        Buffer.from("1\r\n"),
        Buffer.from([byte]),
        Buffer.from("\r\n"),
      ]);
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      socket.write(Buffer.concat([...chunks.flat(), Buffer.from("0\r\n\r\n")]));
    },
    completed: 30,
    env: { EXPECT: "é€😀" },
  },
  {
    name: "compressed bodies, byte by byte",
    behave: (socket) => {
      const body = gzipSync("é€😀");
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
      writeSlowly(socket, Buffer.concat([Buffer.from(head), body]));
    },
    completed: 30,
    env: { EXPECT: "é€😀" },
  },
  {
    name: "HEAD with a content-length",
    behave: (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    completed: 30,
    env: { METHOD: "HEAD", EXPECT: "" },
  },
  {
    name: "interim replies before the final one",
    behave: (socket, path) =>
      socket.write(
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${reply(path)}`,
      ),
    completed: 30,
  },
  {
    name: "chunks with extensions and trailers, byte by byte",
    behave: (socket, path) => {
      const size = path.length.toString(16);
      const chunk = `${size};ext=1\r\n${path}\r\n0\r\nX-Sum: 1\r\n\r\n`;
      writeSlowly(socket, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
    },
    completed: 30,
  },
  {
    name: "a chunk size that makes no sense",
    behave: everyThird((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ),
    completed: 20,
  },
  {
    name: "204 and 304 with a content-length",
    behave: (socket, _path, index) =>
      socket.write(
        `HTTP/1.1 ${index % 2 === 0 ? "204 No Content" : "304 Not Modified"}\r\nContent-Length: 5\r\n\r\n`,
      ),
    completed: 30,
    env: { EXPECT: "" },
  },
  {
    name: "bodies that end with the connection",
    behave: (socket, path) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${path}`),
    completed: 30,
  },
  {
    name: "a second reply that nobody asked for",
    behave: everyThird((socket, path) => socket.write(reply(path) + reply("/not-yours"))),
    completed: 30,
  },
  {
    name: "a reply that nobody asked for, a little later",
    behave: everyThird((socket, path) => {
      socket.write(reply(path));
      setImmediate(() => socket.write(reply("/not-yours")));
    }),
    // Whether a request is out already when the stray reply comes is the network's choice: see the test.
    completed: -1,
  },
  {
    name: "replies that are not HTTP",
    behave: everyThird((socket) => socket.write("SSH-2.0-x\r\n")),
    completed: 20,
  },
  {
    name: "two content-lengths that differ",
    behave: everyThird((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab"),
    ),
    completed: 20,
  },
  {
    name: "a server that never answers",
    behave: () => {},
    completed: 0,
    timedOut: 30,
  },
];

describe("every request is recorded once, whatever the server does", () => {
  const secureFaults = FAULTS.filter(({ plainOnly }) => plainOnly !== true);
  for (const [fault, where, secure, threads] of [
    ...FAULTS.map((one) => [one, "", false, 1] as const),
    ...secureFaults.map((one) => [one, ", behind TLS", true, 1] as const),
    ...FAULTS.map((one) => [one, ", with two threads", false, 2] as const),
  ]) {
    it(`when it meets ${fault.name}${where}`, async () => {
      const server = await serveMisbehaving(fault.behave, secure);
      const { result } = await runScript(SCRIPT, {
        env: { BASE: server.url, ...fault.env },
        overrides: { vus: VIRTUAL_USERS, iterations: ITERATIONS },
        threads,
      });
      await server.stop();
      const { requests } = result;
      assert.deepEqual(result.outcome, { kind: "completed" });
      assert.equal(requests.started, ITERATIONS);
      assert.equal(server.seen(), ITERATIONS, "what was recorded is what was sent");
      assert.equal(requests.unfinished, 0);
      assert.equal(requests.timedOut, fault.timedOut ?? 0);
      if (fault.completed >= 0) assert.equal(requests.completed, fault.completed);
      assert.equal(result.latency.count, ITERATIONS, "requests without an answer are in the latency too");
      assert.equal(result.metrics.find(({ name }) => name === "http_reqs")?.values.count, ITERATIONS);
      const [named] = result.byName;
      const byStatus = Object.values(named?.byStatus ?? {}).reduce((sum, count) => sum + count, 0);
      assert.equal(byStatus, ITERATIONS);
      // A stray reply on the heels of a proper one can only be told apart when it arrives before the next request.
      if (fault.completed >= 0)
        assert.deepEqual(
          result.checks.map(({ fails }) => fails),
          [0],
        );
    });
  }

  it("when the port refuses connections, without a hot loop", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, "close");
    const before = process.cpuUsage();
    const { result } = await runScript(SCRIPT, {
      env: { BASE: `http://127.0.0.1:${port}` },
      overrides: { vus: 5, duration: "2s" },
    });
    const cpu = process.cpuUsage(before);
    const { requests } = result;
    assert.equal(requests.completed, 0);
    assert.equal(requests.started, requests.failed + requests.unfinished);
    assert.ok(requests.started >= 25, `it kept trying: ${requests.started}`);
    assert.ok(requests.started <= 5 * 40, `and paused in between: ${requests.started}`);
    assert.ok((cpu.user + cpu.system) / 1e6 < 1.5, "trying costs little");
  });

  it("when a large request is answered before it is whole", async () => {
    const server = await serveMisbehaving((socket) =>
      socket.end("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
    );
    const { result } = await runScript(SCRIPT, {
      env: { BASE: server.url, METHOD: "POST", BODY_BYTES: String(3_000_000), EXPECT: "" },
      overrides: { vus: 1, iterations: 5 },
    });
    await server.stop();
    assert.equal(result.requests.started, 5);
    assert.equal(server.seen(), 5);
    assert.equal(result.requests.failed, 5);
  });
});
