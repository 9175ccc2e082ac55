import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { runScript } from "./embedded-runs.js";
import { answer, certificate, serveHttp2 } from "./http2-server.js";
import { serveMisbehaving } from "./misbehaving-server.js";

const folder = mkdtempSync(path.join(tmpdir(), "loopscope-http2-"));
let files = 0;

/** A script whose requests go to `__ENV.BASE`, whose certificate nobody signed. */
function script(options: string, body: string): string {
  const file = path.join(folder, `script-${files++}.js`);
  writeFileSync(
    file,
    `import http from "k6/http";\nimport { check } from "k6";
     export const options = { insecureSkipTLSVerify: true, ${options} };
     export default function () { ${body} }`,
  );
  return file;
}

/** Requests side by side, each of which must get the answer to its own path. */
const batchOf = (count: number) =>
  `const paths = Array.from({ length: ${count} }, (_, i) => \`/\${__VU}-\${__ITER}-\${i}\`);
   const replies = http.batch(paths.map((path) => ["GET", __ENV.BASE + path]));
   replies.forEach((r, i) => check(r, { own: () => r.body === paths[i], proto: () => r.proto === "HTTP/2.0" }));`;

async function run(url: string, options: string, body: string) {
  const { result } = await runScript(script(options, body), { env: { BASE: url } });
  assert.deepEqual(result.outcome, { kind: "completed" });
  assert.deepEqual(
    result.checks.filter(({ fails }) => fails > 0),
    [],
  );
  assert.ok(result.checks.length > 0);
  return result;
}

/** Answers in the opposite order, once so many requests are there; those to the root at once. */
function answerBackwards(count: number) {
  let waiting: (() => void)[] = [];
  return (stream: http2.ServerHttp2Stream, requestPath: string) => {
    if (requestPath === "/") {
      answer(stream, requestPath);
      return;
    }
    waiting.push(() => answer(stream, requestPath));
    if (waiting.length < count) return;
    for (const reply of waiting.reverse()) reply();
    waiting = [];
  };
}

describe("over HTTP/2", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("requests of a virtual user to one origin share one connection, and each gets its own answer", async () => {
    const server = await serveHttp2(answerBackwards(20));
    // The first request alone: side by side they would each begin to connect, as in k6.
    const body = `if (__ITER === 0) http.get(__ENV.BASE); else { ${batchOf(20)} }`;
    const result = await run(server.url, "iterations: 4, batchPerHost: 0", body);
    await server.stop();
    assert.equal(result.requests.completed, 61);
    assert.equal(server.connections(), 1);
    assert.equal(server.mostAtOnce(), 20);
  });

  it("each virtual user has a connection of its own", async () => {
    const server = await serveHttp2(answer);
    await run(
      server.url,
      'scenarios: { a: { executor: "per-vu-iterations", vus: 3, iterations: 5 } }',
      batchOf(3),
    );
    await server.stop();
    assert.equal(server.seen(), 45);
    assert.equal(server.connections(), 3);
  });

  it("a server that takes few requests at once gets more connections instead of a queue in the client", async () => {
    const server = await serveHttp2(answerBackwards(12), { settings: { maxConcurrentStreams: 4 } });
    const body = `if (__ITER === 0) http.get(__ENV.BASE); else { ${batchOf(12)} }`;
    await run(server.url, "iterations: 3, batchPerHost: 0", body);
    await server.stop();
    assert.equal(server.mostAtOnce(), 4);
    // Those that began to connect while another of them finished had no use for their connection.
    assert.ok(server.connections() >= 3 && server.connections() <= 9, `${server.connections()} connections`);
  });

  for (const [option, wanted] of [
    ["", 1],
    ["noConnectionReuse: true", 6],
    ["noVUConnectionReuse: true", 3],
  ] as const) {
    it(`six requests in three iterations take ${wanted} connections with: ${option || "no option"}`, async () => {
      const server = await serveHttp2(answer);
      const body = `for (let i = 0; i < 2; i++) check(http.get(__ENV.BASE + "/" + i), { own: (r) => r.body === "/" + i });`;
      await run(server.url, `iterations: 3, ${option}`, body);
      await server.stop();
      assert.equal(server.seen(), 6);
      assert.equal(server.connections(), wanted);
    });
  }

  it("a timeout ends its own request and leaves its neighbours on the connection alone", async () => {
    let abandoned = 0;
    const server = await serveHttp2((stream, requestPath) => {
      if (requestPath !== "/never") answer(stream, requestPath);
      else
        stream
          .on("aborted", () => abandoned++)
          .on("close", () => (abandoned += stream.rstCode === 8 ? 1 : 0));
    });
    const body = `
      http.get(__ENV.BASE);
      const [late, fine] = http.batch([
        ["GET", __ENV.BASE + "/never", null, { timeout: "200ms" }], ["GET", __ENV.BASE + "/fine"]]);
      check(late, { late: (r) => r.status === 0 && r.error_code === 1050 });
      check(fine, { fine: (r) => r.body === "/fine" });
      check(http.get(__ENV.BASE + "/next"), { next: (r) => r.body === "/next" });`;
    const { requests } = await run(server.url, "iterations: 2", body);
    await server.stop();
    assert.equal(requests.timedOut, 2);
    assert.ok(abandoned > 0, "the server is told that nobody waits any more");
  });

  it("timings, sizes and tags are those of HTTP/2", async () => {
    const server = await serveHttp2((stream, requestPath) =>
      setTimeout(() => answer(stream, requestPath), 30),
    );
    const result = await run(
      server.url,
      `iterations: 4, thresholds: { "http_reqs{proto:HTTP/2.0}": ["count==4"] }`,
      `const r = http.post(__ENV.BASE + "/x", "y".repeat(1000));
       const t = r.timings;
       check(r, {
         handshake: () => (__ITER === 0) === (t.tls_handshaking > 0) && (__ITER === 0) === (t.connecting > 0),
         waiting: () => t.waiting >= 25 && t.sending >= 0 && t.receiving >= 0,
         sum: () => Math.abs(t.sending + t.waiting + t.receiving - t.duration) < 0.001,
         status: () => r.status_text === "200 OK",
         headers: () => r.headers["Content-Length"] === "2",
         sent: () => r.request.headers["Content-Length"][0] === "1000",
         remote: () => r.remote_ip === "127.0.0.1" && r.remote_port > 0 && r.tls_version === "tls1.3" });`,
    );
    await server.stop();
    const count = (name: string) => result.metrics.find((one) => one.name === name)?.values.count ?? 0;
    assert.ok(count("data_sent") >= 4000 && count("data_sent") < 5000, String(count("data_sent")));
    assert.ok(count("data_received") > 8 && count("data_received") < 2000, String(count("data_received")));
    assert.equal(result.source.find("http_reqs", { proto: "HTTP/2.0" })?.aggregate({ method: "count" }), 4);
  });

  it("bodies of 10 MB go both ways, and discarded ones are counted and not kept", async () => {
    const server = await serveHttp2((stream) => {
      let bytes = 0;
      stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
      stream.on("end", () => {
        stream.respond({ ":status": 200, "x-bytes": String(bytes) });
        stream.end(Buffer.alloc(10_000_000, 7));
      });
    });
    const body = `
      const big = http.post(__ENV.BASE, new Uint8Array(10000000).buffer, { responseType: "binary" });
      check(big, { up: (r) => r.headers["X-Bytes"] === "10000000", down: (r) => r.body.byteLength === 10000000 });
      check(http.get(__ENV.BASE, { responseType: "none" }), { none: (r) => r.status === 200 && r.body === null });`;
    const result = await run(server.url, "iterations: 1", body);
    await server.stop();
    const received = result.metrics.find(({ name }) => name === "data_received")?.values.count ?? 0;
    assert.ok(received > 20_000_000 && received < 20_100_000, String(received));
  });

  it("a reply may have a thousand header fields", async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 1000 }, (_one, index) => [`x-${index}`, `${index}`]),
    );
    const server = await serveHttp2((stream) => {
      stream.respond({ ":status": 200, ...fields });
      stream.end();
    });
    await run(
      server.url,
      "iterations: 2",
      `check(http.get(__ENV.BASE), { all: (r) => r.headers["X-999"] === "999" });`,
    );
    await server.stop();
  });

  it("waiting for a handshake is not time in flight: Little's law holds with a connection a request", async () => {
    const server = await serveHttp2(answer);
    const result = await run(
      server.url,
      `vus: 5, iterations: 200, noConnectionReuse: true`,
      `check(http.get(__ENV.BASE), { fine: (r) => r.status === 200 });`,
    );
    await server.stop();
    const seconds = (result.endedAt - result.startedAt) / 1000;
    const rateTimesTime = result.serviceTime.sum / 1e6 / seconds;
    const residual = Math.abs(result.meanInFlight - rateTimesTime) / rateTimesTime;
    assert.ok(residual < 0.01, `${result.meanInFlight} in flight, ${rateTimesTime}`);
  });

  it("a server of HTTP/1.1 alone is spoken to in HTTP/1.1", async () => {
    const server = https.createServer(certificate, (request, response) => response.end(request.url));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await run(
      url,
      "iterations: 3",
      `check(http.get(__ENV.BASE + "/a"), { one: (r) => r.proto === "HTTP/1.1" && r.body === "/a" });`,
    );
    server.closeAllConnections();
    server.close();
  });

  for (const [setting, proto] of [
    ["", "HTTP/2.0"],
    ["http2client=0", "HTTP/1.1"],
    ["gctrace=1,http2client=0", "HTTP/1.1"],
    ["http2client=01", "HTTP/2.0"],
  ]) {
    it(`a server of both is spoken to in ${proto} with GODEBUG=${setting}, as by k6`, async () => {
      const server = await serveHttp2(answer, { allowHTTP1: true });
      const file = script(
        "iterations: 2",
        `check(http.get(__ENV.BASE + "/a"), { proto: (r) => r.proto === __ENV.PROTO });`,
      );
      const env = { BASE: server.url, PROTO: proto ?? "", GODEBUG: setting ?? "" };
      const { result } = await runScript(file, { env });
      await server.stop();
      assert.deepEqual(
        result.checks.map(({ passes }) => passes),
        [2],
      );
    });
  }

  it("a server that answers in HTTP/1.0 is quoted so", async () => {
    const server = await serveMisbehaving((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nold"), true);
    await run(
      server.url,
      "iterations: 2",
      `check(http.get(__ENV.BASE), { old: (r) => r.proto === "HTTP/1.0" && r.body === "old" });`,
    );
    await server.stop();
  });

  it("requests under way at the end are given up and counted as unfinished", async () => {
    const server = await serveHttp2(() => {});
    const file = script(
      `scenarios: { a: { executor: "constant-vus", vus: 3, duration: "300ms", gracefulStop: "0s" } }`,
      `http.get(__ENV.BASE);`,
    );
    const { result } = await runScript(file, { env: { BASE: server.url } });
    await server.stop();
    assert.equal(result.requests.unfinished, 3);
    assert.equal(result.latency.count, result.requests.started);
  });
});
