/** Figures of the page against what Node, the client or the service itself counted. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { HeapInfo, HeapSpaceInfo } from "node:v8";
import type { BlocksDocument } from "../../src/catalog/block";
import { ALL_DEFINITIONS } from "../../src/export/definition-by-name";
import { type MeasuredProgram, startProgram } from "./measured-program";
import { pollUntil } from "./poll-until";

const SERVICE = "services/tells-of-itself.cjs";
const MEGABYTE = 1024 * 1024;

interface Facts {
  readonly heap: HeapInfo;
  readonly spaces: readonly HeapSpaceInfo[];
  readonly memory: NodeJS.MemoryUsage;
  readonly loop: { readonly active: number; readonly idle: number };
  readonly cpu: NodeJS.CpuUsage;
  readonly version: string;
}

interface Scrape {
  /** The value of a sample as it stands in the text. */
  readonly value: (sample: string) => number;
  readonly text: string;
}

async function start(t: TestContext, nodeOptions: readonly string[] = []) {
  const program = await startProgram(t, SERVICE, { nodeOptions });
  const get = async (page: string) => (await fetch(program.url + page)).text();
  return { program, get, facts: async () => JSON.parse(await get("/facts")) as Facts };
}

async function scrape(program: MeasuredProgram): Promise<Scrape> {
  const text = await program.metricsText();
  const value = (sample: string) => {
    const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
    return line === undefined ? Number.NaN : Number(line.slice(sample.length + 1));
  };
  return { text, value };
}

/** The figure lies between what was so just before and just after, give or take what the questions themselves cost. */
function assertBetween(actual: number, before: number, after: number, slack: number, what: string): void {
  const [low, high] = [Math.min(before, after) - slack, Math.max(before, after) + slack];
  assert.ok(actual >= low && actual <= high, `${what} is ${actual}, not from ${low} to ${high}`);
}

test("heap, its spaces and buffers are what V8 and Node say", async (t) => {
  const { program, get, facts } = await start(t);
  await get(`/hold?bytes=${50 * MEGABYTE}`);
  const before = await facts();
  const { value } = await scrape(program);
  const after = await facts();
  assert.equal(value("loopscope_heap_limit_bytes"), before.heap.heap_size_limit);
  const memory = (name: "external" | "arrayBuffers", sample: string) =>
    assertBetween(value(sample), before.memory[name], after.memory[name], MEGABYTE, sample);
  memory("external", "loopscope_memory_external_bytes");
  memory("arrayBuffers", "loopscope_memory_array_buffers_bytes");
  assert.ok(value("loopscope_memory_array_buffers_bytes") >= 50 * MEGABYTE);
  const columns = [
    ["v8js_memory_heap_used_bytes", "space_used_size"],
    ["v8js_memory_heap_space_size_bytes", "space_size"],
    ["v8js_memory_heap_space_available_size_bytes", "space_available_size"],
    ["v8js_memory_heap_space_physical_size_bytes", "physical_space_size"],
  ] as const;
  for (const [metric, column] of columns) {
    for (const [index, space] of before.spaces.entries()) {
      const sample = `${metric}{v8js_heap_space_name="${space.space_name}"}`;
      const later = after.spaces[index]?.[column] ?? Number.NaN;
      assertBetween(value(sample), space[column], later, 4 * MEGABYTE, sample);
    }
  }
});

test("the floor of the heap is what a collection left, and its slope is not known from one", async (t) => {
  const { program, get, facts } = await start(t, ["--expose-gc"]);
  const collected = program.frameWhere(({ memory }) => memory.heapFloorBytes !== null);
  await get("/collect");
  const left = (await facts()).memory.heapUsed;
  await collected;
  const { value } = await scrape(program);
  assertBetween(value("loopscope_heap_floor_bytes"), left, left, 2 * MEGABYTE, "the floor");
  assert.ok(Number.isNaN(value("loopscope_heap_growth_bytes_per_second")));
});

test("the loop's time and the processor's are what Node says", async (t) => {
  const { program, get, facts } = await start(t);
  await get("/block?ms=300");
  const before = await facts();
  const { value } = await scrape(program);
  const after = await facts();
  const between = (sample: string, low: number, high: number) =>
    assertBetween(value(sample), low, high, 0.02, sample);
  between(
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}',
    before.loop.active / 1000,
    after.loop.active / 1000,
  );
  between(
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="idle"}',
    before.loop.idle / 1000,
    after.loop.idle / 1000,
  );
  between('process_cpu_time_seconds_total{cpu_mode="user"}', before.cpu.user / 1e6, after.cpu.user / 1e6);
  between(
    'process_cpu_time_seconds_total{cpu_mode="system"}',
    before.cpu.system / 1e6,
    after.cpu.system / 1e6,
  );
  const [major, minor, patch] = before.version.slice(1).split(".");
  assert.equal(
    value(
      `nodejs_version_info{version="${before.version}",major="${major}",minor="${minor}",patch="${patch}"}`,
    ),
    1,
  );
});

test("the delay's statistics stand in their order, and its largest is the longest block", async (t) => {
  const { program, get } = await start(t);
  const frame = program.frameWhere(({ eventLoop }) => (eventLoop.delay.maxMs ?? 0) > 400);
  const heldMs = Number(await get("/block?ms=500"));
  await frame;
  const { value } = await scrape(program);
  const [min, p50, p90, p99, max] = ["min", "p50", "p90", "p99", "max"].map((name) =>
    value(`nodejs_eventloop_delay_${name}_seconds`),
  ) as [number, number, number, number, number];
  assert.ok(min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max, [min, p50, p90, p99, max].join());
  // A machine that is short of processors may make it longer, never shorter.
  assert.ok(max >= (heldMs / 1000) * 0.99, `${max} s for ${heldMs} ms`);
  const mean = value("nodejs_eventloop_delay_mean_seconds");
  const sum = value("loopscope_eventloop_delay_seconds_sum");
  const count = value("loopscope_eventloop_delay_seconds_count");
  assert.ok(Math.abs(mean / (sum / count) - 1) < 0.2, `mean ${mean}, of the histogram ${sum / count}`);
  // Half of a block's time is waited on average, by whoever comes while it lasts: the rest hardly waits.
  const blockedShare = (heldMs / 1000) ** 2 / 2 / sum;
  assert.ok(blockedShare <= 1.02, `the block alone makes ${blockedShare} of the sum`);
  const deviation = value("nodejs_eventloop_delay_stddev_seconds");
  assert.ok(deviation > 0 && deviation < max);
});

test("blocked time and stacks add up to those of /blocks, and who was held up is charged by route", async (t) => {
  const { program, get } = await start(t);
  const waiting = [1, 2, 3].map(() => get("/slow?ms=200"));
  await pollUntil(
    async () => (await scrape(program)).value('http_server_active_requests{http_request_method="GET"}') === 3,
  );
  for (const ms of [600, 300]) await get(`/block?ms=${ms}`);
  await Promise.all(waiting);
  await pollUntil(async () => {
    const { blocks } = JSON.parse(await textOf(`${program.agentUrl}/blocks`)) as BlocksDocument;
    return blocks.filter(({ function: name }) => name === "holdTheLoop").length === 2;
  });
  const { blocks, totalBlockedMs } = JSON.parse(await textOf(`${program.agentUrl}/blocks`)) as BlocksDocument;
  const { text, value } = await scrape(program);
  const blockedSeconds = sumOf(text, "loopscope_eventloop_blocked_seconds_total");
  assert.ok(Math.abs(blockedSeconds - totalBlockedMs / 1000) < 0.01, `${blockedSeconds} s`);
  const samples = blocks.reduce((sum, block) => sum + block.samples, 0);
  await pollUntil(
    async () => (await scrape(program)).value("loopscope_agent_stack_captures_total") >= samples,
  );
  const heldUp = value('loopscope_eventloop_victim_delay_seconds_total{http_route="unmatched"}');
  // Three were in flight during the first block, for as long as it lasted at most.
  assert.ok(heldUp > 0 && heldUp < 3 * 1.5, `${heldUp} s`);
});

test("outbound requests are those that the other side served", async (t) => {
  const { program, get } = await start(t);
  let served = 0;
  const open: (() => void)[] = [];
  const other = createServer((_request, response) => {
    served++;
    open.push(() => response.end());
  });
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => {
    other.closeAllConnections();
    other.close();
  });
  const { port } = other.address() as AddressInfo;
  const asking = [1, 2, 3].map(() => get(`/ask?url=http://127.0.0.1:${port}/`));
  await pollUntil(async () => served === 3);
  const labels = `server_address="127.0.0.1",server_port="${port}"`;
  assert.equal((await scrape(program)).value(`http_client_active_requests{${labels}}`), 3);
  for (const answer of open) answer();
  await Promise.all(asking);
  const { value, text } = await scrape(program);
  assert.equal(value(`http_client_active_requests{${labels}}`), 0);
  const counts = text
    .split("\n")
    .filter((line) => line.startsWith("http_client_request_duration_seconds_count{"));
  assert.equal(counts.length, 1);
  assert.match(counts[0] ?? "", new RegExp(`server_port="${port}".* 3$`));
});

test("the agent counts its own faults, scrapes and processor time", async (t) => {
  const { program, get } = await start(t);
  await get("/throwing-queue");
  await get("/pool-timeout");
  const scrapes = 4;
  for (let times = 0; times < scrapes; times++) await scrape(program);
  const { value, text } = await scrape(program);
  assert.equal(value("loopscope_agent_render_seconds_count"), scrapes);
  assert.equal(value('loopscope_agent_errors_total{part="queue throwing"}'), 1);
  assert.equal(value('db_client_connection_timeouts_total{db_client_connection_pool_name="doors"}'), 1);
  assert.match(text, /^loopscope_agent_info\{version="\d+\.\d+\.\d+",.*block_threshold_ms="50"\} 1$/m);
  await pollUntil(
    async () => (await scrape(program)).value("loopscope_agent_watchdog_cpu_seconds_total") > 0,
  );
  const later = await scrape(program);
  assert.ok(
    later.value("loopscope_agent_watchdog_cpu_seconds_total") < later.value("process_cpu_seconds_total"),
  );
});

/** Checked elsewhere than in a running process, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  loopscope_cgroup_memory_limit_bytes: "needs a container with a limit: test/unit/container-limits.test.ts",
  loopscope_cpu_throttled_seconds_total: "needs a container with a quota: test/unit/container-limits.test.ts",
};

test("every metric of the catalogue is asked for by a test with real processes", () => {
  const folders = [
    path.resolve(__dirname, "../../../test/process"),
    path.resolve(__dirname, "../../../../loadtests/test/process"),
  ];
  const texts = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(path.join(folder, name), "utf8")),
  );
  const all = texts.join("\n");
  const unasked = ALL_DEFINITIONS.map(({ name }) => name).filter(
    (name) => !(name in ELSEWHERE) && !all.includes(name) && !isPutTogether(name, all),
  );
  assert.deepEqual(unasked, []);
});

/** Some tests put names together: `loopscope_queue_${name}`, and then "length". */
function isPutTogether(name: string, tests: string): boolean {
  const words = name.split("_");
  return words.some((_, cut) => {
    const head = `${words.slice(0, cut).join("_")}_\${`;
    const tail = words.slice(cut).join("_");
    return (
      cut >= 2 && tests.includes(head) && (tests.includes(`"${tail}`) || tests.includes(`"${words[cut]}"`))
    );
  });
}

function sumOf(text: string, name: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}
