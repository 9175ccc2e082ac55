/** What the agent says of the process, against what others say of it: /proc, V8's own trace, the clock. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import { startProgram } from "./measured-program";

const PLAIN = "services/plain-http-with-odd-endings.cjs";
const onLinux = { skip: process.platform === "linux" ? false : "needs /proc" };

test("every collection is counted: five forced ones are five major ones", async (t) => {
  const program = await startProgram(t, PLAIN, { nodeOptions: ["--expose-gc"] });
  const count = 'v8js_gc_duration_seconds_count{v8js_gc_type="major"}';
  const before = (await program.metric(count)) ?? 0;
  const frame = program.frameWhere(({ gc }) => (gc.pauseMsByKind.major ?? 0) > 0);
  await (await fetch(`${program.url}/collect`)).text();
  const { gc, memory } = await frame;
  assert.equal(((await program.metric(count)) ?? 0) - before, 5);
  assert.ok(gc.collections >= 5);
  assert.ok(gc.maxPauseMs > 0 && gc.maxPauseMs <= gc.pauseMs);
  assert.ok(memory.heapFloorBytes !== null && memory.heapFloorBytes < memory.heapTotalBytes);
});

test("memory, descriptors and threads' time agree with /proc", onLinux, async (t) => {
  const program = await startProgram(t, PLAIN);
  const text = await program.metricsText();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
  const rss = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  assert.ok(Math.abs(value("process_resident_memory_bytes") / rss - 1) < 0.2);
  assert.ok(Math.abs(value("process_open_fds") - readdirSync(`/proc/${program.pid}/fd`).length) <= 3);
  const limits = readFileSync(`/proc/${program.pid}/limits`, "utf8");
  assert.equal(value("process_max_fds"), Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]));
  const schedstat = readFileSync(`/proc/${program.pid}/task/${program.pid}/schedstat`, "utf8").split(" ");
  assert.ok(value("loopscope_cpu_run_queue_seconds_total") <= Number(schedstat[1]) / 1e9);
});

test("the start of the process is one number, scrape after scrape, and agrees with the clock", async (t) => {
  const before = Date.now() / 1000;
  const program = await startProgram(t, PLAIN);
  const read = () => program.metric("process_start_time_seconds");
  const first = await read();
  assert.ok(first !== undefined && first > before - 1 && first < Date.now() / 1000, `${first}`);
  for (let times = 0; times < 5; times++) assert.equal(await read(), first);
});

test("processor time agrees with /proc after a second of work", onLinux, async (t) => {
  const program = await startProgram(t, PLAIN);
  const before = (await program.metric("process_cpu_seconds_total")) ?? Number.NaN;
  const ticksBefore = processorTicks(program.pid);
  await (await fetch(`${program.url}/block?ms=1000`)).text();
  const seconds = ((await program.metric("process_cpu_seconds_total")) ?? Number.NaN) - before;
  const ticks = processorTicks(program.pid) - ticksBefore;
  assert.ok(Math.abs(seconds - ticks / 100) < 0.15, `${seconds} s, /proc says ${ticks / 100} s`);
});

test("a frame says how much of its window the main thread waited for a processor", onLinux, async (t) => {
  const program = await startProgram(t, PLAIN);
  const { cpu, windowMs } = await program.frameWhere(({ sequence }) => sequence > 0);
  const { runQueueMs } = cpu;
  assert.ok(typeof runQueueMs === "number" && runQueueMs >= 0 && runQueueMs <= windowMs, `${runQueueMs}`);
});

test("a blocked second shows in the delay's p99, its histogram and the utilization, whoever scrapes", async (t) => {
  const program = await startProgram(t, PLAIN);
  const frame = program.frameWhere(({ eventLoop }) => (eventLoop.delay.maxMs ?? 0) > 700);
  await (await fetch(`${program.url}/block?ms=1000`)).text();
  const { eventLoop, windowMs } = await frame;
  assert.ok(eventLoop.utilization > 0.5, `utilization ${eventLoop.utilization} of ${windowMs} ms`);
  assert.ok((eventLoop.delay.p99Ms ?? 0) > 500);
  await program.metricsText();
  const p99 = await program.metric("nodejs_eventloop_delay_p99_seconds");
  assert.ok(p99 !== undefined && p99 > 0.5, `p99 is ${p99}`);
  const text = await program.metricsText();
  const bucket = (le: string) =>
    Number(
      new RegExp(`^loopscope_eventloop_delay_seconds_bucket\\{le="${le}"\\} (\\d+)$`, "m").exec(text)?.[1],
    );
  assert.ok(bucket("2.5") - bucket("0.25") > 400, "some 750 of the blocked milliseconds waited over 250");
});

test("frames follow each other without a gap in their windows", async (t) => {
  const program = await startProgram(t, PLAIN);
  const seen: { at: number; windowMs: number }[] = [];
  await program.frameWhere((frame) => seen.push(frame) === 4);
  for (const [index, frame] of seen.entries()) {
    const before = seen[index - 1];
    if (before !== undefined) assert.ok(Math.abs(frame.at - before.at - frame.windowMs) < 5);
  }
});

test("a block that outlasts frames makes one longer window, and no request is lost", async (t) => {
  const program = await startProgram(t, PLAIN);
  const frame = program.frameWhere(({ windowMs, http }) => windowMs > 2000 && http.requests > 0);
  await (await fetch(`${program.url}/block?ms=2600`)).text();
  const { http } = await frame;
  assert.equal(http.requests, 1);
  assert.ok((http.duration.maxMs ?? 0) >= 2599);
});

test("resources that keep the loop alive are counted by type", async (t) => {
  const program = await startProgram(t, PLAIN);
  const servers = 'v8js_resource_active{v8js_resource_type="TCPServerWrap"}';
  assert.equal(await program.metric(servers), 1);
  const socket = net.connect(Number(new URL(program.url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  const sockets = 'v8js_resource_active{v8js_resource_type="TCPSocketWrap"}';
  assert.ok(((await program.metric(sockets)) ?? 0) >= 1);
});

/** Hundredths of a second, user and system: fields 14 and 15 of /proc/<pid>/stat. */
function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
