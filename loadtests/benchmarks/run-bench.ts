/**
 * Loads one URL in a closed loop, by `bench`'s engine, by stock autocannon or by bare sockets, and prints its figures
 * as JSON: a program for the benchmarks to start. `run-bench.js <bench|autocannon|sockets> <url> <connections> <seconds>`
 */

import { connect, type Socket } from "node:net";

import autocannon from "autocannon";
import { plainGets } from "../src/engine/autocannon/bench-options.js";
import { prepareBench } from "../src/engine/autocannon/prepare-bench.js";

const GIVE_UP_MS = 10_000;

export interface BenchFigures {
  readonly requests: number;
  /** User and system time from when the load begins to its end: what starts Node and its thread is not in it. */
  readonly loadCpuSeconds: number;
}

const [generator = "", url = "", connections = "1", seconds = "1"] = process.argv.slice(2);
let before = process.cpuUsage();
const requests = await loadBy(generator);
const { user, system } = process.cpuUsage(before);
const figures: BenchFigures = { requests, loadCpuSeconds: (user + system) / 1e6 };
process.stdout.write(JSON.stringify(figures));

function beginMeasuring(): void {
  before = process.cpuUsage();
}

function loadBy(name: string): Promise<number> {
  if (name === "sockets") return bareSockets();
  return name === "bench" ? bench() : stockAutocannon();
}

async function bench(): Promise<number> {
  const load = prepareBench(plainGets(url, Number(connections), Number(seconds) * 1000, GIVE_UP_MS), []);
  const listener = { onLoadStart: beginMeasuring, onInterval: () => {}, onConsole: () => {} };
  const result = await load.run(listener, [], new AbortController().signal);
  return result.requests.completed;
}

async function stockAutocannon(): Promise<number> {
  const options = { url, connections: Number(connections), duration: Number(seconds) };
  const tracker = autocannon(options);
  tracker.once("start", beginMeasuring);
  const result = (await tracker) as { "2xx": number };
  return result["2xx"];
}

/**
 * What Node's own sockets cost at least: the same bytes again whenever bytes come, nothing read, timed or recorded.
 * Counts a reply for each piece, which holds where a reply is one packet.
 */
function bareSockets(): Promise<number> {
  const { hostname, port, host, pathname } = new URL(url);
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const sockets: Socket[] = [];
  let replies = 0;
  for (let count = 0; count < Number(connections); count++) {
    const callback = (): boolean => {
      replies++;
      socket.write(request);
      return true;
    };
    const socket: Socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: Buffer.alloc(16_384), callback },
    });
    socket.on("connect", () => socket.write(request));
    sockets.push(socket);
  }
  return new Promise((resolve) => {
    setTimeout(() => {
      for (const socket of sockets) socket.destroy();
      resolve(replies);
    }, Number(seconds) * 1000);
  });
}
