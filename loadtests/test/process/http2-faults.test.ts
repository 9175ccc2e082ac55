import assert from "node:assert/strict";
import http2 from "node:http2";
import { describe, it } from "node:test";
import { fixturePath, runScript } from "./embedded-runs.js";
import { answer, type Http2Behaviour, serveHttp2 } from "./http2-server.js";
import { assertRecordedOnce, ITERATIONS, type RecordedFault, VIRTUAL_USERS } from "./recorded-once.js";

const SCRIPT = fixturePath("one-request-per-iteration.js");
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } =
  http2.constants;

interface Fault extends RecordedFault {
  readonly behave: Http2Behaviour;
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
