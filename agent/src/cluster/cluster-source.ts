/** What all processes of a cluster say together: one endpoint for all workers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { AGENT_METRICS } from "../catalog/agent-metrics";
import type { Block, BlocksDocument } from "../catalog/block";
import type { Frame } from "../catalog/frame";
import { pidAskedFor } from "../export/endpoint-server";
import type { EndpointSource } from "../export/endpoint-source";
import type { MainAnswer, MainRequest } from "../export/main-request";
import { isHistogramSample, type MetricSamples } from "../quantiles/metric-samples";
import { type ClusterFolder, isAlive } from "./cluster-folder";
import { DepartedWorkers } from "./departed-workers";
import { blockOfProcess, documentOfProcess, mergedBlocks, NO_BLOCKS } from "./merged-blocks";
import { mergedFrame } from "./merged-frame";
import { mergedMetrics } from "./merged-metrics";
import { askWorker, passOn, WorkerGoneError } from "./worker-client";
import { WorkerStreams } from "./worker-streams";

export interface ClusterSourceOptions {
  /** This process alone. */
  readonly own: EndpointSource;
  readonly folder: ClusterFolder;
  /** Blocks that `/blocks` shows of all together. */
  readonly maxBlocks: number;
  /** A worker's block has ended while somebody reads the stream. */
  onBlock(block: Block): void;
  /** Label sets of departed workers that found no room. */
  onDrop(times: number): void;
}

export class ClusterSource implements EndpointSource {
  readonly #options: ClusterSourceOptions;
  readonly #streams: WorkerStreams;
  readonly #departed = new DepartedWorkers();
  readonly #lastMetrics = new Map<number, readonly MetricSamples[]>();
  readonly #lastBlocks = new Map<number, BlocksDocument>();
  #departedBlocks = NO_BLOCKS;
  #frameBefore: Frame | null = null;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.#streams = new WorkerStreams(options.folder, process.pid, (pid, block) =>
      options.onBlock(blockOfProcess(pid, block)),
    );
  }

  /** What is left after a collection is asked of all, as memory is told of all; anything else of this process. */
  async askMain(request: MainRequest): Promise<MainAnswer> {
    if (request.type !== "gc") return this.#options.own.askMain(request);
    const [own, ...others] = await Promise.all([
      this.#options.own.askMain(request),
      ...this.#workers().map((pid) => this.#ask<{ readonly heapUsedBytes: number }>(pid, "/gc", "POST")),
    ]);
    if (own.type !== "gc") return own;
    const heapUsedBytes = others.reduce(
      (sum, left) => sum + (left?.heapUsedBytes ?? Number.NaN),
      own.heapUsedBytes,
    );
    if (!Number.isNaN(heapUsedBytes)) return { type: "gc", heapUsedBytes };
    return {
      type: "refused",
      reason: "failed",
      sentence: "a process of the cluster did not collect its garbage",
    };
  }

  async metrics(): Promise<readonly MetricSamples[]> {
    const [own] = await Promise.all([this.#options.own.metrics(true), this.#askWorkersForMetrics()]);
    const processes = [own, ...this.#lastMetrics.values()];
    const { name } = AGENT_METRICS.clusterProcesses;
    const count: MetricSamples = { name, samples: [{ labels: [], value: processes.length }] };
    return [...mergedMetrics([...processes, this.#departed.counted]), count];
  }

  async snapshot(): Promise<MainAnswer> {
    const [own, frames] = await Promise.all([
      this.#options.own.snapshot(),
      Promise.all(this.#workers().map((pid) => this.#ask<Frame>(pid, "/snapshot"))),
    ]);
    if (own.type !== "snapshot") return own;
    const others = frames.filter((frame) => frame !== null);
    const frame = mergedFrame(
      own.frame,
      others.map((latest) => ({ latest, fresh: [latest] })),
    );
    return { type: "snapshot", frame };
  }

  async blocks(): Promise<BlocksDocument> {
    const [own] = await Promise.all([this.#options.own.blocks(), this.#askWorkersForBlocks()]);
    const documents = [documentOfProcess(process.pid, own), ...this.#lastBlocks.values()];
    return mergedBlocks([...documents, this.#departedBlocks], this.#options.maxBlocks);
  }

  onAudience(present: boolean): void {
    this.#options.own.onAudience(present);
    if (present) this.#streams.follow();
    else this.#streams.stop();
    this.#frameBefore = null;
  }

  own(): EndpointSource {
    return this.#options.own;
  }

  forward(request: IncomingMessage, response: ServerResponse): boolean {
    const given = pidAskedFor(request);
    const pid = Number(given);
    if (given === null || pid === process.pid) return false;
    if (this.#workers().includes(pid)) {
      passOn(this.#options.folder.socketOf(pid), request, response);
      return true;
    }
    const known = [process.pid, ...this.#workers()].join(", ");
    response.writeHead(404, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ error: `pid must be one of ${known}, got "${given}"` })}\n`);
    return true;
  }

  /**
   * The frame before this one, with those of the workers for the same second: theirs end at other moments,
   * and have all come when this process's next one does. Null for the first.
   */
  together(own: Frame): Frame | null {
    this.#streams.follow();
    const before = this.#frameBefore;
    this.#frameBefore = own;
    return before === null ? null : mergedFrame(before, this.#streams.takeUntil(before.at));
  }

  ownBlock(block: Block): Block {
    return blockOfProcess(process.pid, block);
  }

  /** Whoever leads may be a worker itself, with a socket from when another did. */
  #workers(): readonly number[] {
    return this.#options.folder.workers().filter((pid) => pid !== process.pid);
  }

  async #askWorkersForMetrics(): Promise<void> {
    const workers = this.#workers();
    await Promise.all(
      workers.map(async (pid) => {
        const metrics = await this.#ask<readonly MetricSamples[]>(pid, "/samples");
        if (metrics !== null) this.#lastMetrics.set(pid, metrics.map(withoutNulls));
      }),
    );
    for (const last of this.#takeDeparted(this.#lastMetrics)) {
      const dropped = this.#departed.add(last);
      if (dropped > 0) this.#options.onDrop(dropped);
    }
  }

  async #askWorkersForBlocks(): Promise<void> {
    await Promise.all(
      this.#workers().map(async (pid) => {
        const document = await this.#ask<BlocksDocument>(pid, "/blocks");
        if (document !== null) this.#lastBlocks.set(pid, documentOfProcess(pid, document));
      }),
    );
    // Their blocks stay to be read, as all others do; blocked they are not any more.
    for (const last of this.#takeDeparted(this.#lastBlocks)) {
      const ended = [this.#departedBlocks, { ...last, open: [] }];
      this.#departedBlocks = mergedBlocks(ended, this.#options.maxBlocks);
    }
  }

  /** Takes out what workers said last that are not there any more. */
  #takeDeparted<T>(last: Map<number, T>): readonly T[] {
    const present = new Set(this.#workers());
    const departed = [...last].filter(([pid]) => !present.has(pid));
    for (const [pid] of departed) last.delete(pid);
    return departed.map(([, said]) => said);
  }

  /** Null when the worker is gone, or too slow: what it said last then stands. */
  async #ask<T>(pid: number, page: string, method: "GET" | "POST" = "GET"): Promise<T | null> {
    const { folder } = this.#options;
    try {
      return await askWorker<T>(folder.socketOf(pid), method, page);
    } catch (error) {
      if (error instanceof WorkerGoneError && !isAlive(pid)) folder.forget(pid);
      return null;
    }
  }
}

/** JSON has no NaN. */
function withoutNulls(metric: MetricSamples): MetricSamples {
  return {
    ...metric,
    samples: metric.samples.map((sample) =>
      isHistogramSample(sample) || sample.value !== null ? sample : { ...sample, value: Number.NaN },
    ),
  };
}
