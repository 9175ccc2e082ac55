/**
 * What the kernel's scheduler did with one thread: time on a processor, and time runnable but waiting for
 * one. Linux only; elsewhere null. Reading costs some 3 microseconds on a kept file descriptor.
 */
import fs from "node:fs";

// Kept before anything is wrapped: the agent's own reads must not look like the application's.
const { openSync, readSync, closeSync, readlinkSync } = fs;

export interface SchedulerTimes {
  readonly cpuMs: number;
  readonly runQueueMs: number;
}

export interface SchedulerStatsReader {
  read(): SchedulerTimes | null;
  close(): void;
}

/**
 * @param osThreadId null: the calling thread.
 */
export function openSchedulerStats(osThreadId: number | null): SchedulerStatsReader {
  const file =
    osThreadId === null ? "/proc/thread-self/schedstat" : `/proc/self/task/${osThreadId}/schedstat`;
  const buffer = Buffer.allocUnsafe(96);
  let descriptor = openOrNull(file);
  return {
    read() {
      if (descriptor === null) return null;
      try {
        const bytes = readSync(descriptor, buffer, 0, buffer.length, 0);
        const [cpuNs, runQueueNs] = buffer.toString("latin1", 0, bytes).split(" ");
        return { cpuMs: Number(cpuNs) / 1e6, runQueueMs: Number(runQueueNs) / 1e6 };
      } catch {
        return null;
      }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

/** The operating system's id of the calling thread; 0 where it cannot be known. */
export function currentOsThreadId(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

function openOrNull(file: string): number | null {
  try {
    return openSync(file, "r");
  } catch {
    return null;
  }
}
