import assert from "node:assert/strict";
import http2 from "node:http2";
import { describe, it } from "node:test";
import type { EngineResult } from "../../src/engine/engine.js";
import { fixturePath, runScript } from "./embedded-runs.js";
import {
  answer,
  END_STREAM,
  FRAME,
  type FrameBehaviour,
  frame,
  type Http2Behaviour,
  type Http2Server,
  okHeaders,
  serveFrames,
  serveHttp2,
  uint32,
} from "./http2-server.js";

const SCRIPT = fixturePath("one-request-per-iteration.js");
const ITERATIONS = 30;
const VIRTUAL_USERS = 3;
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } =
  http2.constants;

interface Fault {
  readonly name: string;
  readonly behave: Http2Behaviour;
  /** Of 30 requests: how many get a whole answer, and how many run into their timeout. */
  readonly completed: number;
  readonly timedOut?: number;
  /** What the server saw beyond the 30: what it refused and got again. */
  readonly sentAgain?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Every third request is treated badly. */
const everyThird =
  (bad: Http2Behaviour): Http2Behaviour =>
  (stream, path, index) =>
    index % 3 === 2 ? bad(stream, path, index) : answer(stream, path);

const FAULTS: readonly Fault[] = [
  { name: "nothing", behave: (stream, path) => answer(stream, path), completed: 30 },
  {
    name: "streams reset before the reply",
    behave: everyThird((stream) => stream.close(NGHTTP2_INTERNAL_ERROR)),
    completed: 20,
  },
  {
    name: "streams cancelled before the reply",
    behave: everyThird((stream) => stream.close(NGHTTP2_CANCEL)),
    completed: 20,
  },
  {
    name: "streams reset within the body",
    behave: everyThird((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half", () => stream.destroy(new Error("reset")));
    }),
    completed: 20,
  },
  {
    name: "streams refused: they are sent again",
    behave: (stream, path, index) =>
      index % 4 === 3 ? stream.close(NGHTTP2_REFUSED_STREAM) : answer(stream, path),
    completed: 30,
    sentAgain: -1,
  },
  {
    name: "every stream refused",
    behave: (stream) => stream.close(NGHTTP2_REFUSED_STREAM),
    completed: 0,
    sentAgain: 30 * 5,
  },
  {
    name: "GOAWAY after each reply",
    behave: (stream, path) => {
      answer(stream, path);
      stream.session?.goaway(0);
    },
    completed: 30,
  },
  {
    name: "a session that closes gracefully within the reply",
    behave: (stream, path) => {
      stream.session?.close();
      setImmediate(() => answer(stream, path));
    },
    completed: 30,
  },
  {
    name: "GOAWAY with an error",
    behave: everyThird((stream) => stream.session?.goaway(NGHTTP2_PROTOCOL_ERROR)),
    completed: 20,
  },
  {
    name: "connections destroyed before the reply",
    behave: everyThird((stream) => stream.session?.destroy()),
    completed: 20,
  },
  {
    name: "replies after the timeout",
    behave: everyThird((stream, path) => {
      const timer = setTimeout(() => answer(stream, path), 320);
      stream.on("close", () => clearTimeout(timer));
    }),
    completed: 20,
    timedOut: 10,
  },
  { name: "a server that never answers", behave: () => {}, completed: 0, timedOut: 30 },
  {
    name: "bodies that stop in the middle",
    behave: everyThird((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half");
    }),
    completed: 20,
    timedOut: 10,
  },
  {
    name: "multi-byte text, byte by byte",
    behave: (stream) => {
      stream.respond({ ":status": 200 });
      const bytes = [...Buffer.from("é€😀")];
      const next = () => {
        const byte = bytes.shift();
        if (byte === undefined) stream.end();
        else stream.write(Buffer.from([byte]), next);
      };
      next();
    },
    completed: 30,
    env: { EXPECT: "é€😀" },
  },
  {
    name: "HEAD with a content-length",
    behave: (stream) => stream.respond({ ":status": 200, "content-length": 1000 }, { endStream: true }),
    completed: 30,
    env: { METHOD: "HEAD", EXPECT: "" },
  },
  {
    name: "204 and 304",
    behave: (stream, _path, index) => {
      const headers = index % 2 === 0 ? { ":status": 204 } : { ":status": 304, "content-length": 5 };
      stream.respond(headers, { endStream: true });
    },
    completed: 30,
    env: { EXPECT: "" },
  },
  {
    name: "interim replies and trailers",
    behave: (stream, path) => {
      stream.additionalHeaders({ ":status": 103, link: "</a>" });
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "1" }));
      stream.end(path);
    },
    completed: 30,
  },
];

interface FrameFault extends Omit<Fault, "behave"> {
  readonly behave: FrameBehaviour;
}

const whole: FrameBehaviour = (socket, id) =>
  socket.write(Buffer.concat([okHeaders(id), frame(FRAME.data, END_STREAM, id, Buffer.from("ok"))]));
const everyThirdFrame =
  (bad: FrameBehaviour): FrameBehaviour =>
  (socket, id, index, connection) =>
    (index % 3 === 2 ? bad : whole)(socket, id, index, connection);
const half = (id: number, contentLength?: number) =>
  Buffer.concat([okHeaders(id, contentLength), frame(FRAME.data, 0, id, Buffer.from("ok"))]);

const FRAME_FAULTS: readonly FrameFault[] = [
  { name: "nothing, in frames", behave: whole, completed: 30 },
  {
    name: "GOAWAY that leaves the latest request out: it is sent again on another connection",
    behave: (socket, id, index, connection) => {
      if (id === 1 || connection >= VIRTUAL_USERS) whole(socket, id, index, connection);
      else socket.write(frame(FRAME.goAway, 0, 0, uint32(1, 0)));
    },
    completed: 30,
    sentAgain: 3,
  },
  {
    name: "GOAWAY with an error that leaves the latest request out",
    behave: (socket, id, index, connection) => {
      if (id === 1 || connection >= VIRTUAL_USERS) whole(socket, id, index, connection);
      else socket.end(frame(FRAME.goAway, 0, 0, uint32(1, NGHTTP2_INTERNAL_ERROR)));
    },
    completed: 30,
    sentAgain: 3,
  },
  {
    name: "a stream ended without an error code before all of the stated length",
    behave: everyThirdFrame((socket, id) =>
      socket.write(Buffer.concat([half(id, 9), frame(FRAME.reset, 0, id, uint32(0))])),
    ),
    completed: 20,
  },
  {
    name: "a body shorter than its stated length",
    behave: everyThirdFrame((socket, id) =>
      socket.write(Buffer.concat([half(id, 9), frame(FRAME.data, END_STREAM, id, Buffer.alloc(0))])),
    ),
    completed: 20,
  },
  {
    name: "connections closed within a frame",
    behave: everyThirdFrame((socket, id) => socket.end(half(id).subarray(0, 15))),
    completed: 20,
  },
  {
    name: "connections closed between two frames of a body",
    behave: everyThirdFrame((socket, id) => socket.end(half(id))),
    completed: 20,
  },
  {
    name: "HTTP/1 after agreeing on h2",
    behave: everyThirdFrame((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    completed: 20,
    timedOut: 10,
  },
  {
    name: "frames for a stream that nobody opened",
    behave: everyThirdFrame((socket, id) =>
      socket.write(frame(FRAME.data, END_STREAM, id + 2, Buffer.from("no"))),
    ),
    completed: 20,
    timedOut: 10,
  },
  {
    name: "a second reply to the same request",
    behave: everyThirdFrame((socket, id, index, connection) => {
      whole(socket, id, index, connection);
      socket.write(frame(FRAME.data, END_STREAM, id, Buffer.from("no")));
    }),
    // Whether the connection is broken before or after the next request is the network's choice.
    completed: -1,
  },
  {
    name: "a body without a stated length, ended without an error code: not told from a whole one",
    behave: everyThirdFrame((socket, id) =>
      socket.write(Buffer.concat([half(id), frame(FRAME.reset, 0, id, uint32(0))])),
    ),
    completed: 30,
  },
];

function assertRecordedOnce(result: EngineResult, server: Http2Server, fault: Omit<Fault, "behave">): void {
  const { requests } = result;
  assert.deepEqual(result.outcome, { kind: "completed" });
  assert.equal(requests.started, ITERATIONS);
  const { sentAgain = 0 } = fault;
  if (sentAgain >= 0) assert.equal(server.seen(), ITERATIONS + sentAgain, "recorded is what was sent");
  else assert.ok(server.seen() > ITERATIONS);
  assert.equal(requests.unfinished, 0);
  assert.equal(requests.timedOut, fault.timedOut ?? 0);
  if (fault.completed >= 0) assert.equal(requests.completed, fault.completed);
  assert.equal(result.latency.count, ITERATIONS, "requests without an answer are in the latency too");
  assert.equal(result.metrics.find(({ name }) => name === "http_reqs")?.values.count, ITERATIONS);
  assert.deepEqual(
    result.checks.map(({ fails }) => fails),
    [0],
  );
}

describe("every request over HTTP/2 is recorded once, whatever the server does", () => {
  for (const fault of FAULTS) {
    it(`when it meets ${fault.name}`, async () => {
      const server = await serveHttp2(fault.behave);
      const { result } = await runScript(SCRIPT, {
        env: { BASE: server.url, ...fault.env },
        overrides: { vus: VIRTUAL_USERS, iterations: ITERATIONS },
      });
      await server.stop();
      assertRecordedOnce(result, server, fault);
    });
  }

  for (const fault of FRAME_FAULTS) {
    it(`when it meets ${fault.name}`, async () => {
      const server = await serveFrames(fault.behave);
      const { result } = await runScript(SCRIPT, {
        env: { BASE: server.url, EXPECT: "ok", ...fault.env },
        overrides: { vus: VIRTUAL_USERS, iterations: ITERATIONS },
      });
      await server.stop();
      assertRecordedOnce(result, server, fault);
    });
  }

  it("when a large request is answered before it is whole: the connection goes on", async () => {
    const server = await serveHttp2((stream) => {
      stream.respond({ ":status": 413 });
      stream.end();
    });
    const { result } = await runScript(SCRIPT, {
      env: { BASE: server.url, METHOD: "POST", BODY_BYTES: String(3_000_000), EXPECT: "" },
      overrides: { vus: 1, iterations: 5 },
    });
    await server.stop();
    assert.equal(result.requests.started, 5);
    assert.equal(server.seen(), 5);
    assert.equal(server.connections(), 1);
    assert.deepEqual(result.byName[0]?.byStatus, { 413: 5 });
  });
});
