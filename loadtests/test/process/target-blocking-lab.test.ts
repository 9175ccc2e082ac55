import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { WebSocket } from "ws";
import { LAB_WAYS, LAB_WORKS, type LabWay, type LabWork } from "../../targets/blocking-lab/lab-ways.js";
import type { WayMeasurement } from "../../targets/blocking-lab/measure-way.js";
import { type RunningTarget, startTarget } from "./start-target.js";

const COMPARE = fileURLToPath(new URL("../../targets/blocking-lab/compare-ways.js", import.meta.url));
const CONCURRENT = 20;

let lab: RunningTarget;

before(async () => {
  lab = await startTarget("blocking-lab", { environment: { DATABASE_URL: "", NODE_OPTIONS: "" } });
});
after(async () => {
  assert.deepEqual(await lab.stop(), { code: 0, signal: null });
});

async function run(work: LabWork, way: LabWay): Promise<Record<string, number>> {
  const answer = await fetch(`${lab.url}/${work}/${way}`);
  assert.equal(answer.status, 200);
  return (await answer.json()) as Record<string, number>;
}

async function timeOfMany(work: LabWork, way: LabWay): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT }, () => run(work, way)));
  return performance.now() - startedAt;
}

for (const work of LAB_WORKS) {
  test(`${work}: the three ways come to the same result`, async () => {
    const results = await Promise.all(LAB_WAYS.map((way) => run(work, way)));
    for (const result of results) assert.deepEqual(result, results[0]);
  });
}

for (const work of ["http-call", "database-query"] as const) {
  test(`${work}: twenty at once take far longer when each holds the event loop`, async () => {
    for (const way of LAB_WAYS) await timeOfMany(work, way);
    const blockingMs = await timeOfMany(work, "blocking");
    // Twenty waits of 5 ms, one after another; a busy machine only makes it longer.
    assert.ok(blockingMs >= 95, `${blockingMs} ms`);
    const tries = [];
    for (let attempt = 0; attempt < 5; attempt++) tries.push(await timeOfMany(work, "asynchronous"));
    assert.ok(Math.min(...tries) < blockingMs / 2, `${tries} ms against ${blockingMs} ms`);
  });
}

test("every subscriber gets every broadcast, whichever way it is made", async () => {
  const url = `${lab.url.replace("http", "ws")}/subscribe`;
  const subscribers = Array.from({ length: 120 }, () => new WebSocket(url));
  await Promise.all(subscribers.map((subscriber) => once(subscriber, "open")));
  for (const way of LAB_WAYS) {
    const messages = Promise.all(subscribers.map((subscriber) => once(subscriber, "message")));
    assert.deepEqual(await run("broadcast", way), { sent: 120 });
    for (const [message] of await messages) {
      assert.equal(JSON.parse(inflateRawSync(message as Buffer).toString()).quotes.length, 2000);
    }
  }
  for (const subscriber of subscribers) subscriber.terminate();
});

test("an unknown work is 404 as a problem", async () => {
  const answer = await fetch(`${lab.url}/sleep/blocking`);
  assert.equal(answer.status, 404);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
});

test("the comparison measures every way and prints table, summary and chart of this run", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "loopscope-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const json = path.join(folder, "measurements.json");
  const options = ["--connections", "2,10", "--seconds", "0.4", "--work", "http-call", "--json", json];
  const { stdout } = await promisify(execFile)(process.execPath, [COMPARE, ...options]);
  const { measurements } = JSON.parse(await readFile(json, "utf8")) as { measurements: WayMeasurement[] };
  assert.equal(measurements.length, 2 * 3);
  for (const one of measurements) {
    assert.ok(one.answered > 0 && one.failed === 0 && one.cpuMs > 0 && one.rssBytes > 0, JSON.stringify(one));
  }
  const rateOf = (way: LabWay): number =>
    measurements.find((one) => one.work === "http-call" && one.way === way && one.connections === 10)
      ?.throughput ?? 0;
  assert.ok(rateOf("asynchronous") > 1.5 * rateOf("blocking"));
  assert.match(stdout, /^ {2}work +conns +blocking +threads +async +speed-up +CPU saved +memory saved/m);
  assert.equal(stdout.match(/^ {2}http-call +(2|10) /gm)?.length, 2);
  assert.match(stdout, /^ {2}http-call +100 % /m);
  assert.match(stdout, /^http-call: requests a second by connections$/m);
  assert.match(stdout, /^ +async +█/m);
});

test("a wrong option of the comparison ends it with one sentence", async () => {
  const rows: readonly [readonly string[], RegExp][] = [
    [["--connections", "0"], /^--connections must be between 1 and 5000, got "0"\n$/],
    [["--connections", "5,x"], /^--connections must be between 1 and 5000, got "x"\n$/],
    [["--seconds", "0"], /^--seconds must be between 0.2 and 600, got "0"\n$/],
    [["--work", "sleep"], /^--work must be among http-call, .*, got "sleep"\n$/],
    [["--what"], /^Unknown option '--what'/],
  ];
  for (const [options, sentence] of rows) {
    await assert.rejects(promisify(execFile)(process.execPath, [COMPARE, ...options]), (error) => {
      const { code, stderr } = error as { code: number; stderr: string };
      assert.equal(code, 1);
      assert.match(stderr, sentence);
      return true;
    });
  }
});
