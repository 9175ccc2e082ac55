/** Drives one prepared load and watches it: evidence, thresholds each second, the timeline, the progress. */

import { epochMs } from "../clock.js";
import { LEAST_WATCHED_MS } from "../diagnose/heap-growth.js";
import type {
  AbortReason,
  ClientInterval,
  EngineResult,
  PreparedLoad,
  ThresholdVerdict,
} from "../engine/engine.js";
import type { RunExporter } from "../export/run-exporter.js";
import {
  abortingJudgements,
  judgeThresholds,
  type ThresholdJudgement,
} from "../judge/threshold-judgement.js";
import type { Threshold } from "../judge/threshold-validation.js";
import { WindowMemory } from "../judge/window-memory.js";
import type { MetricSource } from "../measure/metric.js";
import type { ProgressState } from "../report/terminal-progress.js";
import { ClientEvidence } from "./client-evidence.js";
import { ConsoleRelay } from "./console-relay.js";
import { holdingNow } from "./exported-thresholds.js";
import type { OpenTarget } from "./open-target.js";
import type { RunFolder } from "./run-folder.js";
import { TargetEvidence } from "./target-evidence.js";

/** How long after the load the agent's last frame is waited for: a little more than a frame's window. */
const LAST_FRAME_MS = 1300;

export interface RunInProgressOptions {
  readonly load: PreparedLoad;
  readonly name: string;
  readonly thresholds: readonly Threshold[];
  readonly target: OpenTarget;
  readonly folder: RunFolder;
  /** Told what happens while the load runs. */
  readonly exporter: RunExporter;
  readonly noDataPasses: boolean;
  /** A line for the user, above the progress. */
  say(line: string): void;
}

export class RunInProgress {
  readonly client = new ClientEvidence();
  readonly targetEvidence: TargetEvidence;
  /** The sentence of a target that died under the load, or null. */
  targetDeath: string | null = null;
  phase = "setup";
  readonly #options: RunInProgressOptions;
  readonly #abort = new AbortController();
  #judgements: readonly ThresholdJudgement[] = [];
  readonly #windows = new WindowMemory();

  constructor(options: RunInProgressOptions) {
    this.#options = options;
    this.targetEvidence = new TargetEvidence(
      options.thresholds.filter((threshold) => threshold.onTarget).map((threshold) => threshold.selector),
    );
  }

  /** Runs the load to its end. @param interruption aborts it with the reason `interrupted`. */
  async drive(interruption: AbortSignal): Promise<EngineResult> {
    const { load, target, thresholds } = this.#options;
    const stop = (reason: AbortReason): void => this.#abort.abort(reason);
    const onInterrupt = (): void => stop("interrupted");
    if (interruption.aborted) onInterrupt();
    interruption.addEventListener("abort", onInterrupt);
    let ended = false;
    void target.died.then((sentence) => {
      if (ended) return;
      this.targetDeath = sentence;
      stop("target-died");
    });
    const relay = new ConsoleRelay(this.#options.say);
    const stream = target.follow({
      onFrame: (frame) => this.#onFrame(frame),
      onBlock: (block) => this.#onBlock(block),
    });
    try {
      const result = await load.run(
        {
          onWarmup: () => {
            this.phase = "warm-up";
          },
          onLoadStart: (atMs, source) => this.#onLoadStart(atMs, source),
          onInterval: (interval) => this.#onInterval(interval),
          onConsole: (level, message) => relay.relay(level, message),
          judge: (source) => this.judge(source).map(asVerdict),
        },
        [
          ...thresholds.filter((threshold) => !threshold.onTarget).map((threshold) => threshold.selector),
          ...this.#options.exporter.selectors,
        ],
        this.#abort.signal,
      );
      this.phase = "collecting";
      ended = this.targetDeath === null;
      if (stream !== null && this.targetDeath === null) await this.#awaitLastFrame(result.endedAt);
      await stream?.catchUpBlocks();
      await this.#lookAtHeap(result);
      this.targetEvidence.endLoad(result.endedAt);
      this.#options.exporter.onJudged(holdingNow(this.judge(result.source)));
      await this.#options.exporter.finish(result.endedAt, result.source);
      return result;
    } finally {
      ended = true;
      relay.close();
      stream?.close();
      interruption.removeEventListener("abort", onInterrupt);
    }
  }

  /** The verdict over the whole load. */
  judge(source: MetricSource | null): readonly ThresholdJudgement[] {
    return this.#windows.conclude(this.#judgeNow(source));
  }

  #judgeNow(source: MetricSource | null): readonly ThresholdJudgement[] {
    const { thresholds, target, noDataPasses } = this.#options;
    return judgeThresholds(thresholds, source, target.agent === null ? null : this.targetEvidence.metrics, {
      noDataPasses,
      targetSilence: target.silence ?? "the agent sent none within the load",
    });
  }

  progress(): ProgressState {
    const { client, targetEvidence } = this;
    const elapsedMs = client.startedAt === null ? 0 : Math.max(0, epochMs() - client.startedAt);
    return {
      name: this.#options.name,
      phase: this.phase,
      elapsedSeconds: elapsedMs / 1000,
      plannedSeconds: this.#options.load.plannedSeconds,
      client: client.latest,
      totals: { started: client.started, failed: client.failed, dropped: client.dropped },
      frame: targetEvidence.latestFrame,
      blockCount: targetEvidence.blockCount,
      recentBlocks: targetEvidence.recentBlocks,
      failingThresholds: this.#judgements
        .filter((judgement) => !judgement.ok && judgement.actual !== null)
        .map(({ threshold: { declaration } }) => `${declaration.metric} ${declaration.expression}`),
    };
  }

  #onLoadStart(atMs: number, source: MetricSource): void {
    this.phase = "load";
    this.client.begin(atMs, source);
    this.targetEvidence.startLoad(atMs);
    this.#options.folder.append({ type: "start", at: atMs });
    this.#options.exporter.onLoadStart(atMs, source);
  }

  #onInterval(interval: ClientInterval): void {
    this.client.add(interval);
    this.targetEvidence.confirmUntil(interval.at);
    this.#options.folder.append({ type: "client", interval });
    this.#judgements = this.#windows.remember(this.#judgeNow(this.client.source), interval.elapsedSeconds);
    this.#options.exporter.onJudged(holdingNow(this.#judgements));
    this.#options.exporter.onInterval(interval.at);
    if (abortingJudgements(this.#judgements, interval.elapsedSeconds * 1000).length > 0) {
      this.#abort.abort("threshold" satisfies AbortReason);
    }
  }

  #onFrame(frame: Parameters<TargetEvidence["addFrame"]>[0]): void {
    this.targetEvidence.addFrame(frame);
    this.#options.folder.append({ type: "frame", frame });
  }

  #onBlock(block: Parameters<TargetEvidence["addBlock"]>[0]): void {
    this.targetEvidence.addBlock(block);
    this.#options.folder.append({ type: "block", block });
  }

  /** After the load, so that the collection holds up no request that counts; and only where growth can be told. */
  async #lookAtHeap({ startedAt, endedAt }: EngineResult): Promise<void> {
    if (this.targetDeath !== null || endedAt - startedAt < LEAST_WATCHED_MS) return;
    const leftBytes = await this.#options.target.collectGarbage();
    if (leftBytes !== null) this.#options.folder.append({ type: "heap", at: epochMs(), leftBytes });
  }

  async #awaitLastFrame(endedAt: number): Promise<void> {
    // A cluster's frame comes a second later, with those of all its processes.
    const isCluster = this.targetEvidence.latestFrame?.processes !== undefined;
    const deadline = epochMs() + (isCluster ? LAST_FRAME_MS + 1000 : LAST_FRAME_MS);
    while (epochMs() < deadline && (this.targetEvidence.latestFrame?.at ?? 0) < endedAt) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function asVerdict({ threshold, ok }: ThresholdJudgement): ThresholdVerdict {
  return { selector: threshold.selector, expression: threshold.declaration.expression, ok };
}
