/**
 * The agent in a worker thread of the application: it watches that thread's loop, and leaves everything else
 * to the main thread's agent and to the agent's own thread.
 */
import { getEnvironmentData, setEnvironmentData, threadId } from "node:worker_threads";
import type { AgentConfig } from "./config/agent-config";
import { BlockObserver } from "./eventloop/block-observer";
import { EventLoopDelayRecorder } from "./eventloop/event-loop-delay";
import {
  claimSlot,
  FREE,
  heartbeatSlot,
  LIVE,
  MAX_SLOTS,
  STATE,
  THREAD_ID,
  WAITING,
} from "./eventloop/heartbeat-layout";
import { GarbageCollections } from "./garbage-collections";
import { createGuard } from "./guard";
import { RequestContextTracker } from "./request/request-context";
import { openReportsChannel, type WorkerMessage } from "./worker-reports";

const ENVIRONMENT_KEY = "loopscope.agent";
/** States of a slot whose thread has not said that it ends. */
const WATCHED: readonly number[] = [LIVE, WAITING];

interface SharedWithWorkers {
  readonly memory: SharedArrayBuffer;
  readonly config: AgentConfig;
}

/** Lets worker threads that are started from now on find the agent. Called in the main thread. */
export function shareWithWorkers(shared: SharedWithWorkers): void {
  setEnvironmentData(ENVIRONMENT_KEY, shared as unknown as Parameters<typeof setEnvironmentData>[1]);
}

export function stopSharingWithWorkers(): void {
  setEnvironmentData(ENVIRONMENT_KEY, undefined);
}

/** Starts watching the calling worker thread. Does nothing where the main thread has no agent. */
export function startInWorkerThread(): void {
  const shared = getEnvironmentData(ENVIRONMENT_KEY) as unknown as SharedWithWorkers | undefined;
  if (shared === undefined) return;
  const guard = createGuard();
  const slot = claimSlot(shared.memory, threadId);
  if (slot === undefined) return;
  const reports = openReportsChannel();
  const requests = new RequestContextTracker(shared.config.requestContext, guard, () => observer.wake());
  const observer = new BlockObserver({
    config: shared.config,
    guard,
    slot,
    recorder: new EventLoopDelayRecorder(),
    requests,
    collections: new GarbageCollections(),
    send: (report) => reports.postMessage({ report } satisfies WorkerMessage),
    sendSourceMap: (file, payload) => reports.postMessage({ file, payload } satisfies WorkerMessage),
    victims: () => null,
  });
  observer.start();
  guard.run("request-context", () => requests.start());
  process.on("exit", () => Atomics.store(slot.flags, STATE, FREE));
}

/**
 * Frees the slots of worker threads that were terminated and could not do so themselves: their silence would
 * look like a block without end. Called in the main thread. @returns ends the watching.
 */
export function freeSlotsOfEndedWorkers(memory: SharedArrayBuffer): () => void {
  const onWorker = (worker: import("node:worker_threads").Worker) => {
    const id = worker.threadId;
    worker.once("exit", () => freeSlot(memory, id));
  };
  process.on("worker", onWorker);
  return () => {
    process.off("worker", onWorker);
  };
}

function freeSlot(memory: SharedArrayBuffer, id: number): void {
  for (let index = 0; index < MAX_SLOTS; index++) {
    const { flags } = heartbeatSlot(memory, index);
    if (flags[THREAD_ID] === id && WATCHED.includes(Atomics.load(flags, STATE)))
      Atomics.store(flags, STATE, FREE);
  }
}
