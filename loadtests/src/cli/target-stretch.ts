/** The agent's frames and blocks of a stretch of a recorded run, as a round of a comparison. */

import type { Block, Frame } from "@loopscope/agent/catalog";
import { SampleTrend } from "../judge/sample-trend.js";
import { isServicesOwnBlock } from "../judge/target-metrics.js";
import type { TargetRound } from "./comparison-round.js";

export class TargetStretch {
  /** Milliseconds, recorded in microseconds. */
  readonly #delay = new SampleTrend(1000);
  #frames = 0;
  #seconds = 0;
  #cpuSeconds = 0;
  #loopSeconds = 0;
  #blockedMs = 0;
  #rssMaxBytes = 0;
  #heapUsedBytes = 0;

  addFrame({ windowMs, cpu, eventLoop, memory }: Frame): void {
    const seconds = windowMs / 1000;
    this.#delay.addSnapshot(eventLoop.delayHistogram);
    this.#frames += 1;
    this.#seconds += seconds;
    this.#cpuSeconds += (cpu.userCores + cpu.systemCores) * seconds;
    this.#loopSeconds += eventLoop.utilization * seconds;
    this.#rssMaxBytes = Math.max(this.#rssMaxBytes, memory.rssBytes);
    this.#heapUsedBytes += memory.heapUsedBytes;
  }

  addBlock(block: Block): void {
    if (isServicesOwnBlock(block)) this.#blockedMs += block.durationMs;
  }

  /** @param completed requests answered in the stretch. Null: the agent said nothing in it. */
  toRound(completed: number): TargetRound | null {
    if (this.#frames === 0) return null;
    const perRequest = (seconds: number): number | null =>
      completed > 0 ? (seconds * 1000) / completed : null;
    return {
      cpuMsPerRequest: perRequest(this.#cpuSeconds),
      loopMsPerRequest: perRequest(this.#loopSeconds),
      delayMeanMs: this.#delay.aggregate({ method: "avg" }) ?? null,
      delayP99Ms: this.#delay.aggregate({ method: "percentile", percent: 99 }) ?? null,
      blockedMsPerSecond: this.#seconds > 0 ? this.#blockedMs / this.#seconds : null,
      rssMaxBytes: this.#rssMaxBytes,
      heapUsedMeanBytes: this.#heapUsedBytes / this.#frames,
    };
  }
}
