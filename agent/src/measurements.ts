/** The agent's measuring half in the application's thread: one frame a second, and answers for the endpoint. */

import type { Block } from "./catalog/block";
import type { Frame } from "./catalog/frame";
import type { MetricRegistry } from "./export/application-registry";
import type { MainAnswer, MainRequest } from "./export/main-request";
import { createOnDemand } from "./export/on-demand-profile";
import { type MeasurementParts, MeasurementProbes } from "./measurement-probes";
import type { HeldUp } from "./request/in-flight-requests";
import type { WorkRegistry } from "./work/work-registry";

/** A late timer makes a longer window; nothing is lost. */
const FRAME_INTERVAL_MS = 1000;

export interface Measurements extends Pick<WorkRegistry, "monitorQueue" | "monitorPool" | "instrumentTask"> {
  /** See `ApplicationRegistries`. */
  mergeInto(registry: MetricRegistry): () => void;
  start(): void;
  stop(): void;
  recordBlock(block: Block): void;
  /**
   * Charges a block to the other requests in flight; call it when the block has ended, before the loop turns.
   *
   * @param startMs on the monotonic clock, as `endMs`.
   * @param culprit the request that blocked, or null when unknown.
   * @returns how many were held up and for how long in sum; null when requests are not measured.
   */
  holdUp(startMs: number, endMs: number, culprit: unknown): HeldUp | null;
  /** The last frame that was made; the time since start when there is none yet. */
  latestFrame(): Frame;
  /** @returns a function that ends the subscription. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /** Never rejects: what went wrong is a `refused` answer. */
  answer(request: MainRequest): Promise<MainAnswer>;
}

export function createMeasurements(parts: MeasurementParts): Measurements {
  const { guard } = parts;
  const probes = new MeasurementProbes(parts);
  const onDemand = createOnDemand();
  const listeners = new Set<(frame: Frame) => void>();
  let timer: NodeJS.Timeout | null = null;
  let latest: Frame | null = null;

  function latestFrame(): Frame {
    latest ??= probes.takeFrame();
    return latest;
  }

  const beat = guard.wrap("frames", () => {
    latest = probes.takeFrame();
    for (const listener of listeners) listener(latest);
  });

  async function answer(request: MainRequest): Promise<MainAnswer> {
    switch (request.type) {
      case "metrics":
        return { type: "metrics", metrics: await probes.collect(request.distributions === true) };
      case "snapshot":
        return { type: "snapshot", frame: latestFrame() };
      case "profile":
        return onDemand.profile(request.seconds);
      case "heapsnapshot":
        return onDemand.heapSnapshot();
      case "gc":
        return onDemand.collectGarbage();
    }
  }

  return {
    start: () => {
      probes.start();
      timer = setInterval(beat, FRAME_INTERVAL_MS);
      timer.unref();
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      probes.stop();
      onDemand.stop();
      listeners.clear();
    },
    mergeInto: (registry) => probes.registries.mergeInto(registry),
    monitorQueue: probes.work.monitorQueue,
    monitorPool: probes.work.monitorPool,
    instrumentTask: probes.work.instrumentTask,
    recordBlock: guard.wrap("blocks", (block: Block) => probes.recordBlock(block)),
    holdUp: (startMs, endMs, culprit) =>
      guard.run("victims", () => probes.holdUp(startMs, endMs, culprit)) ?? null,
    latestFrame,
    onFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answer: (request) =>
      answer(request).catch((error: unknown) => {
        guard.fail("answers", error);
        return { type: "refused", reason: "failed", sentence: String(error) };
      }),
  };
}
