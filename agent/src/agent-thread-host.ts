/** Starts the agent's thread, talks to it, and goes on without it when it fails. Runs in the main thread. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { AgentThreadData, MessageToMain, MessageToThread } from "./agent-messages";
import { threadEnvironment } from "./config/process-environment";
import type { Guard } from "./guard";

const PART = "agent-thread";
/** The thread holds a few hundred blocks and source maps; a bundle's map may take tens of megabytes. */
const MAX_HEAP_MB = 256;
/** V8's three semi-spaces together. Left alone they grow to 8 MB and more while the thread loads, and stay. */
const MAX_YOUNG_MB = 3;

export interface AgentThreadHost {
  send(message: MessageToThread): void;
  /** Keeps the process alive until released: for callers that wait for the thread. */
  hold(): void;
  release(): void;
  /** Ends the thread; resolves once it is gone. */
  stop(): Promise<void>;
}

export function startAgentThread(
  data: AgentThreadData,
  guard: Guard,
  onMessage: (message: MessageToMain) => void,
  onEnd: () => void,
): AgentThreadHost {
  let worker: Worker | null = null;
  let stopping = false;
  guard.run(PART, () => {
    const firstFile = path.join(__dirname, "agent-thread-start.js");
    if (!existsSync(firstFile)) throw new Error(withoutFiles(firstFile));
    worker = new Worker(firstFile, {
      name: "loopscope",
      workerData: data,
      // Without both, preloads of the application (this agent among them) would run in the thread again.
      execArgv: [],
      env: threadEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    });
    worker.on("message", onMessage);
    worker.on("error", (error) => guard.fail(PART, error));
    worker.on("exit", (code) => {
      worker = null;
      onEnd();
      if (!stopping)
        guard.fail(PART, `the agent's thread ended with code ${code}; blocks are no longer seen`);
    });
    worker.unref();
  });
  if (worker === null) onEnd();
  return {
    send: (message) => worker?.postMessage(message),
    hold: () => worker?.ref(),
    release: () => worker?.unref(),
    stop: async () => {
      stopping = true;
      const running = worker;
      if (running === null) return;
      const gone = new Promise<void>((resolve) => running.once("exit", () => resolve()));
      running.ref();
      running.postMessage({ kind: "close" } satisfies MessageToThread);
      await gone;
    },
  };
}

function withoutFiles(missing: string): string {
  return (
    `its file ${missing} is missing; where a bundler took the agent into the application's own file, mark ` +
    `@loopscope/agent as external (esbuild: external, webpack: externals, Rollup: external), install the package ` +
    `beside the bundle, and it is loaded from there`
  );
}
