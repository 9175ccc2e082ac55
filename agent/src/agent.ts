/** The composition root: builds the agent's parts in the main thread, starts them, and stops them. */

import type { MessageToMain } from "./agent-messages";
import { type AgentThreadHost, startAgentThread } from "./agent-thread-host";
import type { Block } from "./catalog/block";
import type { Frame } from "./catalog/frame";
import { monotonicMs } from "./clock";
import type { AgentConfig } from "./config/agent-config";
import { BlockObserver } from "./eventloop/block-observer";
import { EventLoopDelayRecorder } from "./eventloop/event-loop-delay";
import {
  claimSlot,
  createHeartbeatMemory,
  type HeartbeatSlot,
  readyFlag,
} from "./eventloop/heartbeat-layout";
import { nativeCallNames } from "./eventloop/native-call-probe";
import { BlockSpans } from "./export/block-span";
import { createFailOnBlock, type FailOnBlock } from "./fail-on-block";
import { GarbageCollections } from "./garbage-collections";
import { createGuard, type Guard } from "./guard";
import { watchListeningPorts } from "./listening-ports";
import { createMeasurements, type Measurements } from "./measurements";
import { RequestContextTracker } from "./request/request-context";
import { clusterPrimaryPid, hasInspector } from "./runtime-support";
import { createThreadVitalsMemory, readThreadVitals } from "./thread-vitals";
import { freeSlotsOfEndedWorkers, shareWithWorkers, stopSharingWithWorkers } from "./worker-agent";

/** In test mode the first test may block at once: so long the program waits for the agent's thread. */
const TEST_PATIENCE_MS = 3000;

export type BlockListener = (block: Block) => void;

export class Agent {
  readonly config: AgentConfig;
  readonly measurements: Measurements;
  readonly #guard: Guard;
  readonly #requests: RequestContextTracker;
  readonly #observer: BlockObserver;
  readonly #memory = createHeartbeatMemory();
  readonly #vitalsMemory = createThreadVitalsMemory();
  readonly #listeners = new Set<BlockListener>();
  readonly #endings: (() => void)[] = [];
  readonly #failOnBlock: FailOnBlock | null;
  readonly #blockSpans: BlockSpans;
  #thread: AgentThreadHost | null = null;
  #framesAreRead = false;
  readonly #urlKnown: Promise<string | null>;
  #resolveUrl: (url: string | null) => void = () => {};

  constructor(config: AgentConfig, guard: Guard = createGuard()) {
    this.config = config;
    this.#guard = guard;
    const { failOnBlockMs, allowBlocking } = config;
    this.#failOnBlock = failOnBlockMs === null ? null : createFailOnBlock(failOnBlockMs, allowBlocking);
    this.#blockSpans = new BlockSpans(() => guard.drop("block-span"));
    const recorder = new EventLoopDelayRecorder();
    const collections = new GarbageCollections();
    const vitals = readThreadVitals(this.#vitalsMemory);
    const requests = new RequestContextTracker(config.requestContext, guard, () => this.#observer.wake());
    this.#requests = requests;
    this.measurements = createMeasurements({
      config,
      guard,
      eventLoopDelay: recorder,
      collections,
      requests,
      vitals,
    });
    this.#observer = new BlockObserver({
      config,
      guard,
      slot: claimSlot(this.#memory, 0) as HeartbeatSlot,
      recorder,
      requests,
      collections,
      send: (report) => this.#thread?.send({ kind: "report", report }),
      sendSourceMap: (file, payload) => this.#thread?.send({ kind: "source-map", file, payload }),
      victims: ({ startMs, endMs }, culprit) =>
        this.measurements.holdUp(startMs, endMs, culprit?.request ?? null),
    });
    this.#urlKnown = new Promise((resolve) => {
      this.#resolveUrl = resolve;
    });
  }

  start(): void {
    this.#observer.start();
    this.#thread = startAgentThread(
      {
        config: this.config,
        heartbeatMemory: this.#memory,
        vitalsMemory: this.#vitalsMemory,
        argv: process.argv.slice(1),
        clusterPrimaryPid: clusterPrimaryPid(),
        nativeCallNames: nativeCallNames(),
        hasInspector: hasInspector(),
        askedForMs: monotonicMs(),
      },
      this.#guard,
      this.#guard.wrap("agent-messages", (message: MessageToMain) => this.#onMessage(message)),
      () => this.#resolveUrl(null),
    );
    const thread = this.#thread;
    if (this.#failOnBlock !== null) this.#observer.awaitWatchdog(readyFlag(this.#memory), TEST_PATIENCE_MS);
    shareWithWorkers({ memory: this.#memory, config: this.config });
    this.#guard.run("request-context", () => this.#requests.start());
    this.#guard.run("measurements", () => this.measurements.start());
    this.#endings.push(
      this.measurements.onFrame((frame: Frame) => {
        if (this.#framesAreRead) thread.send({ kind: "frame", frame });
      }),
      stopSharingWithWorkers,
      freeSlotsOfEndedWorkers(this.#memory),
      watchListeningPorts(this.#guard, (address) => thread.send({ kind: "listening", address })),
    );
  }

  /** Undoes everything; resolves once the agent's thread and endpoint are gone. */
  async stop(): Promise<void> {
    for (const end of this.#endings.splice(0)) end();
    this.#guard.run("measurements", () => this.measurements.stop());
    this.#requests.stop();
    this.#observer.stop();
    this.#listeners.clear();
    await this.#thread?.stop();
  }

  /** @returns ends the subscription. */
  onBlock(listener: BlockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  allowBlocking<T>(fn: () => T): T {
    return this.#observer.allowed.run(fn);
  }

  /** Where the endpoint listens; null when it is off or could not listen. */
  async endpointUrl(): Promise<string | null> {
    this.#thread?.hold();
    try {
      return await this.#urlKnown;
    } finally {
      this.#thread?.release();
    }
  }

  #onMessage(message: MessageToMain): void {
    switch (message.kind) {
      case "endpoint":
        this.#resolveUrl(message.url);
        break;
      case "block":
        this.measurements.recordBlock(message.block);
        this.#failOnBlock?.onBlock(message.block);
        this.#guard.run("block-span", () => this.#blockSpans.record(message.block));
        this.#tellListeners(message.block);
        break;
      case "ask":
        void this.measurements
          .answer(message.request)
          .then((answer) => this.#thread?.send({ kind: "answer", id: message.id, answer }));
        break;
      case "warning":
        process.emitWarning(message.message, { type: "LoopscopeWarning", code: message.code });
        break;
      case "failure":
        this.#guard.fail(message.part, new Error(message.message));
        break;
      case "dropped":
        this.#guard.drop(message.part, message.times);
        break;
      case "audience":
        this.#framesAreRead = message.present;
        // Who came while a block lasted wants the frame that the block is in.
        if (message.present) this.#thread?.send({ kind: "frame", frame: this.measurements.latestFrame() });
        break;
      case "closed":
        break;
    }
  }

  /** A listener is the application's own: what it throws is the application's to see, but not ours to pass on. */
  #tellListeners(block: Block): void {
    for (const listener of this.#listeners) {
      try {
        listener(block);
      } catch (error) {
        this.#listeners.delete(listener);
        this.#guard.fail("block-listener", error);
      }
    }
  }
}
