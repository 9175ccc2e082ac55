/** The one agent of a process, also where two copies of this package are installed. */
import { isMainThread } from "node:worker_threads";
import type { Agent } from "./agent";
import {
  type AgentConfig,
  type AgentOptions,
  readAgentConfig,
  requireAgentConfig,
} from "./config/agent-config";
import { IS_SUPPORTED, isSupervisor } from "./runtime-support";

const KEY = Symbol.for("loopscope.agent");

type Holder = { [KEY]?: Agent | undefined };

export function runningAgent(): Agent | undefined {
  return (globalThis as Holder)[KEY];
}

/** Starts from the environment; a bad setting warns and falls back. Never throws. */
export function startRegistered(): void {
  if (runningAgent() !== undefined || isSupervisor()) return;
  if (!IS_SUPPORTED) {
    warn(
      `this agent needs Node.js 20.19 or later, found ${process.version}; it stays off`,
      "LOOPSCOPE_UNSUPPORTED",
    );
    return;
  }
  try {
    if (!isMainThread) {
      const { startInWorkerThread } = require("./worker-agent") as typeof import("./worker-agent");
      startInWorkerThread();
      return;
    }
    const { config, problems } = readAgentConfig();
    for (const problem of problems) {
      warn(`${problem}; the default is used instead`, "LOOPSCOPE_INVALID_OPTION");
    }
    launch(config);
  } catch (error) {
    warn(
      `the agent could not start: ${error instanceof Error ? error.message : error}`,
      "LOOPSCOPE_START_FAILED",
    );
  }
}

/**
 * Starts with options. Options given while an agent already runs change nothing.
 *
 * @throws AgentError `LOOPSCOPE_INVALID_OPTION`
 */
export function startWithOptions(options: AgentOptions): Agent {
  const config = requireAgentConfig(options);
  return runningAgent() ?? launch(config);
}

export async function stopRunning(): Promise<void> {
  const agent = runningAgent();
  if (agent === undefined) return;
  (globalThis as Holder)[KEY] = undefined;
  await agent.stop();
}

/** Loads the agent's parts here and not before: the threads of the application need few of them. */
function launch(config: AgentConfig): Agent {
  const { Agent } = require("./agent") as typeof import("./agent");
  const agent = new Agent(config);
  Object.defineProperty(globalThis, KEY, { value: agent, configurable: true, writable: true });
  agent.start();
  return agent;
}

function warn(message: string, code: string): void {
  process.emitWarning(message, { type: "LoopscopeWarning", code });
}
