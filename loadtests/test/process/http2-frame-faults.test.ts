import http2 from "node:http2";
import { describe, it } from "node:test";
import { fixturePath, runScript } from "./embedded-runs.js";
import {
  END_STREAM,
  FRAME,
  type FrameBehaviour,
  frame,
  okHeaders,
  serveFrames,
  uint32,
} from "./http2-frame-server.js";
import { assertRecordedOnce, ITERATIONS, type RecordedFault, VIRTUAL_USERS } from "./recorded-once.js";

const SCRIPT = fixturePath("one-request-per-iteration.js");
const { NGHTTP2_INTERNAL_ERROR } = http2.constants;

interface FrameFault extends RecordedFault {
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
    // Node 20 says nothing of it, later ones do at once.
    timedOut: -1,
  },
  {
    name: "frames for a stream that nobody opened",
    behave: everyThirdFrame((socket, id) =>
      socket.write(frame(FRAME.data, END_STREAM, id + 2, Buffer.from("no"))),
    ),
    completed: 20,
    // Node 20 says nothing of it, later ones do at once.
    timedOut: -1,
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

describe("every request over HTTP/2 is recorded once, whatever frames the server sends", () => {
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
});
