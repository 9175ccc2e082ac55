/** Drives one way of one work at one number of connections, and says what came of it. */

import { once } from "node:events";
import { histogramFromSnapshot } from "@loopscope/agent/catalog";
import { WebSocket } from "ws";
import { plainGets } from "../../src/engine/autocannon/bench-options.js";
import { prepareBench } from "../../src/engine/autocannon/prepare-bench.js";
import type { LabUsage } from "./lab-usage.js";
import type { LabWay, LabWork } from "./lab-ways.js";

export interface WayMeasurement {
  readonly work: LabWork;
  readonly way: LabWay;
  readonly connections: number;
  readonly answered: number;
  readonly failed: number;
  /** Still under way at the end: their latencies are lower bounds. */
  readonly unfinished: number;
  /** Requests answered a second. */
  readonly throughput: number;
  readonly p95Ms: number;
  /** Processor time of the service for each request, milliseconds. */
  readonly cpuMs: number;
  /** Resident memory of the service right after the load. */
  readonly rssBytes: number;
  /** Share of the time in which the event loop could not take anything new: 0..1. */
  readonly loopActiveShare: number;
}

export interface MeasureOptions {
  readonly baseUrl: string;
  readonly work: LabWork;
  readonly way: LabWay;
  readonly connections: number;
  readonly seconds: number;
}

/** For a broadcast, connections are subscribers, and this many ask for broadcasts. */
const BROADCASTERS = 4;
const GIVE_UP_MS = 30_000;

export async function measureWay(options: MeasureOptions): Promise<WayMeasurement> {
  const { baseUrl, work, way, connections, seconds } = options;
  const isBroadcast = work === "broadcast";
  const subscribers = isBroadcast ? await subscribe(baseUrl, connections) : [];
  const before = await usage(baseUrl);
  const load = prepareBench(
    plainGets(
      `${baseUrl}/${work}/${way}`,
      isBroadcast ? BROADCASTERS : connections,
      seconds * 1000,
      GIVE_UP_MS,
    ),
    [],
  );
  const listener = { onLoadStart: () => {}, onInterval: () => {}, onConsole: () => {} };
  const result = await load.run(listener, [], new AbortController().signal);
  if (result.outcome.kind !== "completed")
    throw new Error(`${work}/${way} ended early: ${result.outcome.kind}`);
  // Waits until the service has worked off what it had accepted: its turn comes last.
  const after = await usage(baseUrl);
  for (const subscriber of subscribers) subscriber.terminate();
  const { completed, failed, unfinished } = result.requests;
  const elapsedMs = result.endedAt - result.startedAt;
  return {
    work,
    way,
    connections,
    answered: completed,
    failed,
    unfinished,
    throughput: (completed / elapsedMs) * 1000,
    p95Ms: histogramFromSnapshot(result.latency).quantile(0.95) / 1000,
    cpuMs: (after.cpuMs - before.cpuMs) / Math.max(1, after.served - before.served),
    rssBytes: after.rssBytes,
    loopActiveShare: Math.min(1, (after.loopActiveMs - before.loopActiveMs) / (after.atMs - before.atMs)),
  };
}

async function usage(baseUrl: string): Promise<LabUsage> {
  const response = await fetch(`${baseUrl}/usage`);
  return (await response.json()) as LabUsage;
}

/** Subscribers that read and forget. */
async function subscribe(baseUrl: string, count: number): Promise<readonly WebSocket[]> {
  const url = `${baseUrl.replace("http", "ws")}/subscribe`;
  const sockets = Array.from({ length: count }, () => new WebSocket(url, { perMessageDeflate: false }));
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  for (const socket of sockets) socket.on("error", () => {});
  return sockets;
}
