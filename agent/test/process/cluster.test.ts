/** One endpoint for all workers of a cluster. */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { Block, BlocksDocument } from "../../src/catalog/block";
import type { Frame } from "../../src/catalog/frame";
import { freePort } from "./free-port";
import { startProgram } from "./measured-program";
import { pollUntil } from "./poll-until";
import { REGISTER, startNode } from "./run-node";

const CLUSTERED = "services/clustered-http.cjs";
const SERVICE = path.resolve(__dirname, "../../../test/fixtures", CLUSTERED);
const COUNT =
  'http_server_request_duration_seconds_count{http_request_method="GET",http_route="unmatched",http_response_status_code="200"}';

test("requests to all workers are counted on the primary's endpoint, and each worker can be asked alone", async (t) => {
  const program = await startProgram(t, CLUSTERED, { env: ownFolder(t) });
  const answeredBy = new Map<string, number>();
  for (let sent = 0; sent < 60; sent++) {
    const pid = await textOf(`${program.url}/`);
    answeredBy.set(pid, (answeredBy.get(pid) ?? 0) + 1);
  }
  assert.equal(answeredBy.size, 3);
  await pollUntil(async () => (await program.metric(COUNT)) === 60);
  assert.equal(await program.metric("loopscope_cluster_processes"), 4);
  for (const [pid, answered] of answeredBy) {
    const alone = await textOf(`${program.agentUrl}/metrics?pid=${pid}`);
    assert.ok(alone.includes(`${COUNT} ${answered}\n`), `${pid} answered ${answered}`);
  }
  const left = async (query: string) => {
    const response = await fetch(`${program.agentUrl}/gc${query}`, { method: "POST" });
    return ((await response.json()) as { heapUsedBytes: number }).heapUsedBytes;
  };
  const alone = [program.pid, ...answeredBy.keys()].map((pid) => left(`?pid=${pid}`));
  const largest = Math.max(...(await Promise.all(alone)));
  assert.ok((await left("")) > 2 * largest, "what is left of all is more than two processes hold");
  const unknown = await fetch(`${program.agentUrl}/metrics?pid=1`);
  assert.equal(unknown.status, 404);
  assert.match(await unknown.text(), /pid must be one of \d+, \d+, \d+, \d+, got \\"1\\"/);
});

test("a percentile of the cluster is that of all its requests, not a mean of the workers' percentiles", async (t) => {
  const program = await startProgram(t, CLUSTERED, { env: ownFolder(t) });
  const quantile = (q: string) => `loopscope_http_server_duration_quantile_seconds{quantile="${q}"}`;
  // One request in three is slow: the mean of the three medians would be over 0.1 s.
  for (let sent = 0; sent < 30; sent++) await textOf(`${program.url}/?slow=400`);
  await pollUntil(async () => (await program.metric(COUNT)) === 30);
  const median = (await program.metric(quantile("0.5"))) ?? Number.NaN;
  const p95 = (await program.metric(quantile("0.95"))) ?? Number.NaN;
  assert.ok(median < 0.1, `median ${median}`);
  assert.ok(p95 >= 0.39, `p95 ${p95}`);
});

test("a worker's block is told by the primary's endpoint, with the worker, while it lasts and when it has ended", async (t) => {
  const program = await startProgram(t, CLUSTERED, { env: ownFolder(t) });
  const blocked = textOf(`${program.url}/block?ms=2500`);
  const health = await pollUntil(async () => {
    const body = JSON.parse(await textOf(`${program.agentUrl}/healthz`)) as Record<string, unknown>;
    return body.status === "blocked" ? body : undefined;
  });
  const pid = Number(await blocked);
  assert.equal(health.blockedPid, pid);
  assert.equal(health.pid, program.pid);
  const block = await pollUntil(async () => {
    const { blocks } = JSON.parse(await textOf(`${program.agentUrl}/blocks`)) as BlocksDocument;
    return blocks.find((one) => one.durationMs > 2000);
  });
  assert.equal(block.pid, pid);
  assert.match(block.file ?? "", /clustered-http\.cjs$/);
  const { seconds } = await pollUntil(async () => {
    const found = await program.metric('loopscope_eventloop_block_duration_seconds_sum{cause="javascript"}');
    return found === undefined ? undefined : { seconds: found };
  });
  assert.ok(seconds >= 2.4, `${seconds} s`);
});

test("a block is the same one when its process has become a cluster's primary", async (t) => {
  const program = await startProgram(t, "services/cluster-that-forks-later.cjs", { env: ownFolder(t) });
  const blocks = async () =>
    (JSON.parse(await textOf(`${program.agentUrl}/blocks`)) as BlocksDocument).blocks.filter(
      ({ durationMs }) => durationMs >= 200,
    );
  await textOf(`${program.url}/block`);
  const alone = await pollUntil(async () => (await blocks())[0]);
  assert.equal(alone.pid, undefined);
  await textOf(`${program.url}/fork`);
  const known = await pollUntil(async () => {
    const all = await blocks();
    return all.some(({ pid }) => pid !== undefined) ? all : undefined;
  });
  assert.deepEqual(
    known.map(({ id, pid }) => ({ id, pid })),
    [{ id: alone.id, pid: program.pid }],
  );
});

test("frames and blocks of all workers come on one stream", async (t) => {
  const program = await startProgram(t, CLUSTERED, { env: ownFolder(t) });
  const stream = await fetch(`${program.agentUrl}/stream`);
  const events = eventsOf(stream.body as ReadableStream<Uint8Array>);
  const send = async () => {
    for (let sent = 0; sent < 30; sent++) await textOf(`${program.url}/`);
    return textOf(`${program.url}/block?ms=300`);
  };
  let requests = 0;
  let blocker: Block | undefined;
  let sending: Promise<string> | undefined;
  for await (const { event, data } of events) {
    if (event === "block" && (data as Block).durationMs > 250) blocker = data as Block;
    if (event !== "frame") continue;
    const frame = data as Frame;
    requests += frame.http.requests;
    // The workers' streams are taken up one after the other: nothing is sent before all are there.
    if (frame.processes === 4) sending ??= send();
    if (requests === 31 && blocker !== undefined) break;
  }
  assert.equal(String(blocker?.pid), await sending);
});

test("what a worker counted stays counted when it ends, and its successor's is added", async (t) => {
  const program = await startProgram(t, CLUSTERED, { env: ownFolder(t) });
  for (let sent = 0; sent < 30; sent++) await textOf(`${program.url}/`);
  await pollUntil(async () => (await program.metric(COUNT)) === 30);
  await textOf(`${program.url}/exit`);
  await pollUntil(async () => (await program.metric("loopscope_cluster_processes")) === 4);
  const after = (await program.metric(COUNT)) ?? 0;
  assert.ok(after >= 30, `${after} requests`);
  for (let sent = 0; sent < 30; sent++) await textOf(`${program.url}/`);
  await pollUntil(async () => ((await program.metric(COUNT)) ?? 0) >= after + 30);
});

test("without an agent in the primary one worker answers for all, and when it ends another does", async (t) => {
  const port = await freePort();
  const service = startNode([SERVICE], {
    ...ownFolder(t),
    PRELOAD: REGISTER,
    REPLACE: "0",
    LOOPSCOPE_PORT: String(port),
    LOOPSCOPE_LOG: "off",
  });
  t.after(() => service.child.kill("SIGKILL"));
  const [, servicePort] = await service.until(/listening on (\d+)/);
  const agent = `http://127.0.0.1:${port}`;
  const processes = async () =>
    /^loopscope_cluster_processes (\d+)$/m.exec(await textOf(`${agent}/metrics`).catch(() => ""))?.[1];
  await pollUntil(async () => (await processes()) === "3");
  const first = (JSON.parse(await textOf(`${agent}/healthz`)) as { pid: number }).pid;
  process.kill(first, "SIGKILL");
  await pollUntil(async () => (await processes()) === "2");
  const second = (JSON.parse(await textOf(`${agent}/healthz`)) as { pid: number }).pid;
  assert.notEqual(second, first);
  const pids = new Set<string>();
  for (let sent = 0; sent < 12; sent++) pids.add(await textOf(`http://127.0.0.1:${servicePort}/`));
  assert.equal(pids.size, 2);
  service.child.kill("SIGKILL");
  const { stderr } = await service.ended;
  assert.equal(stderr, "");
});

test("workers say so when the port belongs to somebody else", async (t) => {
  const holder = createServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const service = startNode([SERVICE], { ...ownFolder(t), PRELOAD: REGISTER, LOOPSCOPE_PORT: String(port) });
  t.after(() => service.child.kill("SIGKILL"));
  await service.until(/LOOPSCOPE_ENDPOINT_UNAVAILABLE.*set LOOPSCOPE_PORT to a free port/);
});

test("a folder that others may write to is not used: the primary tells of itself alone", async (t) => {
  const environment = ownFolder(t);
  const folder = path.join(environment.TMPDIR, `loopscope-${process.getuid?.()}`);
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const program = await startProgram(t, CLUSTERED, { env: environment });
  await pollUntil(async () => program.stderr().includes("is not this user's own folder"));
  assert.equal(await program.metric("loopscope_cluster_processes"), undefined);
  assert.equal(await textOf(`${program.url}/`).then((pid) => Number(pid) > 0), true);
});

/** Clusters of tests that run side by side do not meet anyway, but what they leave is removed. */
function ownFolder(t: TestContext): { readonly TMPDIR: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "ls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
  return { TMPDIR: folder };
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const messages = (text + chunk).split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/m.exec(message) ?? [];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}
