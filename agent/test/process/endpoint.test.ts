import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import type { Frame } from "../../src/catalog/frame";
import { startProgram } from "./measured-program";
import { pollUntil } from "./poll-until";

const PLAIN = "services/plain-http-with-odd-endings.cjs";
const TOKEN = "correct-horse-battery-staple";

interface PageCase {
  readonly request: string;
  readonly status: number;
  readonly contentType: RegExp;
}

const PAGES: readonly PageCase[] = [
  { request: "GET /", status: 200, contentType: /text\/plain/ },
  { request: "GET /metrics", status: 200, contentType: /text\/plain; version=0\.0\.4/ },
  { request: "HEAD /metrics", status: 200, contentType: /text\/plain; version=0\.0\.4/ },
  { request: "GET /metrics?format=x", status: 200, contentType: /text\/plain/ },
  { request: "GET /healthz", status: 200, contentType: /json/ },
  { request: "GET /blocks", status: 200, contentType: /json/ },
  { request: "GET /snapshot", status: 200, contentType: /json/ },
  { request: "POST /metrics", status: 405, contentType: /json/ },
  { request: "GET /profile", status: 405, contentType: /json/ },
  { request: "GET /heapsnapshot", status: 405, contentType: /json/ },
  { request: "GET /gc", status: 405, contentType: /json/ },
  { request: "POST /profile?seconds=0", status: 400, contentType: /json/ },
  { request: "POST /profile?seconds=61", status: 400, contentType: /json/ },
  { request: "POST /profile?seconds=1.5", status: 400, contentType: /json/ },
  { request: "GET /favicon.ico", status: 404, contentType: /json/ },
];

test("each page answers with its status and type", async (t) => {
  const program = await startProgram(t, PLAIN);
  for (const { request, status, contentType } of PAGES) {
    const [method = "", page = ""] = request.split(" ");
    const response = await fetch(program.agentUrl + page, { method });
    assert.equal(response.status, status, request);
    assert.match(response.headers.get("content-type") ?? "", contentType, request);
    await response.text();
  }
});

test("while the application is blocked, health, blocks and metrics answer and tell of it", async (t) => {
  const program = await startProgram(t, PLAIN, { env: { LOOPSCOPE_UNHEALTHY_AFTER_MS: "1500" } });
  await (await fetch(`${program.url}/ok`)).text();
  const before = await program.metricsText();
  const blocked = fetch(`${program.url}/block?ms=4000`).then((response) => response.text());
  const health = await pollUntil(async () => {
    const response = await fetch(`${program.agentUrl}/healthz`);
    const body = (await response.json()) as { status: string; sentence: string; line: number };
    // The block is known before its first stack is (on a busy machine some 50 ms before), and the first may still be
    // one of Node's own, on the way to the handler.
    const isNamed = body.status === "blocked" && body.sentence.includes("plain-http-with-odd-endings");
    return isNamed ? { ...body, httpStatus: response.status } : undefined;
  });
  assert.equal(health.httpStatus, 200);
  assert.match(health.sentence, /^blocked since \d+\.\d s in .*plain-http-with-odd-endings\.cjs:\d+\)/);
  const during = await program.metricsText();
  const age = Number(/^loopscope_eventloop_open_block_seconds (\S+)$/m.exec(during)?.[1]);
  assert.ok(age > 0 && age < 4, `the age of the block is ${age}`);
  const uptime = /^process_start_time_seconds .*$/m;
  assert.deepEqual(uptime.exec(during)?.[0], uptime.exec(before)?.[0]);
  await pollUntil(async () => {
    const response = await fetch(`${program.agentUrl}/healthz`);
    await response.text();
    return response.status === 503 ? true : undefined;
  });
  await blocked;
  await pollUntil(async () => {
    const after = (await (await fetch(`${program.agentUrl}/healthz`)).json()) as { status: string };
    return after.status === "ok" ? true : undefined;
  });
});

test("a block in a traced request becomes an exemplar of the block histogram", async (t) => {
  const program = await startProgram(t, PLAIN);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  await (await fetch(`${program.url}/block?ms=200`, { headers: { traceparent } })).text();
  const exemplar = await pollUntil(async () => {
    const text = await program.metricsText({ accept: "application/openmetrics-text;version=1.0.0" });
    return (
      /^loopscope_eventloop_block_duration_seconds_bucket.* # \{(.*)\} ([\d.]+)/m.exec(text) ?? undefined
    );
  });
  assert.equal(exemplar[1], `trace_id="${traceId}",span_id="00f067aa0ba902b7"`);
  assert.ok(Number(exemplar[2]) >= 0.19, exemplar[0]);
});

test("with a token, only its bearer is let in", async (t) => {
  const program = await startProgram(t, PLAIN, { env: { LOOPSCOPE_TOKEN: TOKEN } });
  const statusWith = async (authorization: string | undefined) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${program.agentUrl}/healthz`, { headers });
    await response.text();
    return response.status;
  };
  assert.equal(await statusWith(undefined), 401);
  assert.equal(await statusWith(`Bearer ${TOKEN}x`), 401);
  assert.equal(await statusWith(`Bearer ${TOKEN.slice(1)}`), 401);
  assert.equal(await statusWith(`Basic ${TOKEN}`), 401);
  assert.equal(await statusWith(`Bearer ${TOKEN}`), 200);
  assert.equal(await statusWith(`bearer  ${TOKEN}`), 200);
});

test("without a token, a web page cannot reach the endpoint by a name of its own", async (t) => {
  const program = await startProgram(t, PLAIN);
  const port = new URL(program.agentUrl).port;
  for (const [host, status] of [
    ["evil.example", 403],
    [`evil.example:${port}`, 403],
    ["127.0.0.1.evil.example", 403],
    [`localhost:${port}`, 200],
    [`127.0.0.1:${port}`, 200],
    ["[::1]", 200],
  ] as const) {
    const request = http.get(`${program.agentUrl}/healthz`, { headers: { host } });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, status, host);
  }
});

test("a profile of the application's thread comes as .cpuprofile, one at a time", async (t) => {
  const program = await startProgram(t, PLAIN);
  const taking = fetch(`${program.agentUrl}/profile?seconds=2`, { method: "POST" });
  const refused = await pollUntil(async () => {
    const response = await fetch(`${program.agentUrl}/profile?seconds=1`, { method: "POST" });
    await response.text();
    return response.status === 409 ? response.status : undefined;
  });
  assert.equal(refused, 409);
  await (await fetch(`${program.url}/block?ms=300`)).text();
  const response = await taking;
  assert.match(response.headers.get("content-disposition") ?? "", /\.cpuprofile/);
  const profile = (await response.json()) as {
    nodes: readonly { callFrame: { url: string } }[];
    samples: readonly number[];
  };
  assert.ok(profile.samples.length > 100);
  assert.ok(profile.nodes.some((node) => node.callFrame.url.includes("plain-http-with-odd-endings")));
});

test("a heap snapshot comes as JSON and leaves no file behind", async (t) => {
  const folder = path.join(__dirname);
  const program = await startProgram(t, PLAIN, { env: { TMPDIR: folder } });
  const response = await fetch(`${program.agentUrl}/heapsnapshot`, { method: "POST" });
  const snapshot = (await response.json()) as { snapshot: { node_count: number } };
  assert.ok(snapshot.snapshot.node_count > 1000);
  const left = spawnSync("ls", [folder], { encoding: "utf8" }).stdout;
  assert.doesNotMatch(left, /heapsnapshot/);
});

test("garbage is collected on request, and what is left is the next frame's floor of the heap", async (t) => {
  const program = await startProgram(t, PLAIN);
  const response = await fetch(`${program.agentUrl}/gc`, { method: "POST" });
  assert.equal(response.status, 200);
  const { heapUsedBytes } = (await response.json()) as { heapUsedBytes: number };
  assert.ok(heapUsedBytes > 1e6, String(heapUsedBytes));
  const floor = await pollUntil(async () => {
    const snapshot = await fetch(`${program.agentUrl}/snapshot`);
    return ((await snapshot.json()) as Frame).memory.heapFloorBytes ?? undefined;
  });
  assert.ok(Math.abs(floor - heapUsedBytes) < heapUsedBytes / 2, `${floor}, ${heapUsedBytes}`);
});

test("a taken port is said once, and the application goes on", async (t) => {
  const taken = net.createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const { port } = taken.address() as net.AddressInfo;
  const register = path.resolve(__dirname, "../../src/register.js");
  const program = "setTimeout(() => console.log('still alive'), 600)";
  const child = spawn(process.execPath, ["--require", register, "-e", program], {
    env: { ...process.env, LOOPSCOPE_PORT: String(port) },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = (await once(child, "close")) as [number];
  assert.equal(code, 0);
  assert.equal(out, "still alive\n");
  assert.equal(err.match(/LOOPSCOPE_ENDPOINT_UNAVAILABLE/g)?.length, 1, err);
});

test("a reader of the stream gets consecutive frames, and more than twenty readers are refused", async (t) => {
  const program = await startProgram(t, PLAIN);
  const sequences: number[] = [];
  await program.frameWhere((frame) => sequences.push(frame.sequence) === 3);
  const [first = 0] = sequences;
  assert.deepEqual(sequences, [first, first + 1, first + 2]);
  const abort = new AbortController();
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${program.agentUrl}/stream`, { signal: abort.signal })),
  );
  assert.ok(responses.every((response) => response.status === 200));
  const refused = await fetch(`${program.agentUrl}/stream`);
  await refused.text();
  assert.equal(refused.status, 503);
  abort.abort();
});
