/** Runs in the main thread: what is made only when somebody asks for it. */

import { tmpdir } from "node:os";
import path from "node:path";
import { getHeapStatistics, writeHeapSnapshot } from "node:v8";
import { epochMs } from "../clock";
import type { MainAnswer } from "./main-request";

/** V8's own default; finer costs the application more. */
const SAMPLING_INTERVAL_US = 1000;

export interface OnDemand {
  /** @param seconds 1 to 60; ends early when the agent stops. */
  profile(seconds: number): Promise<MainAnswer>;
  heapSnapshot(): MainAnswer;
  /** Holds the event loop for as long as a full collection takes: some 10 ms for each 100 MB of live heap. */
  collectGarbage(): Promise<MainAnswer>;
  stop(): void;
}

export function createOnDemand(): OnDemand {
  let finish: (() => void) | null = null;
  return {
    profile: async (seconds) => {
      if (finish !== null) return refused("busy", "a profile is being taken already");
      const elapsed = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        timer.unref();
        finish = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const { Session } = require("node:inspector/promises") as typeof import("node:inspector/promises");
      const session = new Session();
      try {
        session.connect();
        await session.post("Profiler.enable");
        await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_US });
        await session.post("Profiler.start");
        await elapsed;
        const { profile } = await session.post("Profiler.stop");
        return { type: "profile", text: JSON.stringify(profile) };
      } catch (error) {
        return refused("failed", `the profile could not be taken: ${reasonOf(error)}`);
      } finally {
        session.disconnect();
        finish = null;
      }
    },
    heapSnapshot: () => {
      const name = `loopscope-${process.pid}-${Math.round(epochMs())}.heapsnapshot`;
      try {
        return { type: "heapsnapshot", path: writeHeapSnapshot(path.join(tmpdir(), name)) };
      } catch (error) {
        return refused("failed", `the heap snapshot could not be written: ${reasonOf(error)}`);
      }
    },
    collectGarbage: async () => {
      const { Session } = require("node:inspector/promises") as typeof import("node:inspector/promises");
      const session = new Session();
      try {
        session.connect();
        await session.post("HeapProfiler.collectGarbage");
        return { type: "gc", heapUsedBytes: getHeapStatistics().used_heap_size };
      } catch (error) {
        return refused("failed", `garbage could not be collected: ${reasonOf(error)}`);
      } finally {
        session.disconnect();
      }
    },
    stop: () => finish?.(),
  };
}

function refused(reason: "busy" | "failed", sentence: string): MainAnswer {
  return { type: "refused", reason, sentence };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
