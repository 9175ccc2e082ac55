/** The public API of `@loopscope/agent`. Nothing starts by importing it. */
import type { Agent, BlockListener } from "./agent";
import type { Frame } from "./catalog/frame";
import type { AgentOptions } from "./config/agent-config";
import type { MetricRegistry } from "./export/application-registry";
import { requireOwn } from "./own-modules";
import type { WorkRegistry } from "./work/work-registry";

export type { BlockListener } from "./agent";
export type { Block, BlockCause, BlockConfidence, StackFrame } from "./catalog/block";
export type { Frame } from "./catalog/frame";
export type { AgentConfig, AgentOptions } from "./config/agent-config";
export type { AgentErrorCode } from "./errors";
export type { MetricRegistry } from "./export/application-registry";

const { runningAgent, startWithOptions, stopRunning } = requireOwn(
  "./running-agent",
  () => require("./running-agent") as typeof import("./running-agent"),
);
const errors = requireOwn("./errors", () => require("./errors") as typeof import("./errors"));

export const { AGENT_ERROR_CODES, AgentError } = errors;
export type AgentError = InstanceType<typeof AgentError>;

/** A started agent. */
export interface RunningAgent {
  /** Where its endpoint listens; resolves to null when the endpoint is off or its port is taken. */
  url(): Promise<string | null>;
  stop(): Promise<void>;
}

/**
 * Starts the agent in this process; when one runs already (by `register`, say), that one is returned and the
 * options change nothing.
 *
 * @throws AgentError with code `LOOPSCOPE_INVALID_OPTION` and one sentence for each refused setting.
 */
export function start(options: AgentOptions = {}): RunningAgent {
  const agent = startWithOptions(options);
  return { url: () => agent.endpointUrl(), stop };
}

/** Stops the agent and undoes all that it did; does nothing when none runs. */
export function stop(): Promise<void> {
  return stopRunning();
}

/** Calls `listener` with each block, a moment after it ended. @returns ends the subscription. */
export function onBlock(listener: BlockListener): () => void {
  return runningAgent()?.onBlock(listener) ?? (() => {});
}

/**
 * Runs `fn`, whose blocking is expected: it is not reported. Only until `fn` returns: what it awaits is not
 * covered. Runs it just the same when no agent is started.
 */
export function allowBlocking<T>(fn: () => T): T {
  const agent: Agent | undefined = runningAgent();
  return agent === undefined ? fn() : agent.allowBlocking(fn);
}

/** What the agent measured within the last second; undefined when no agent runs. */
export function snapshot(): Frame | undefined {
  return runningAgent()?.measurements.latestFrame();
}

/**
 * Puts the agent's metrics into a registry of the application, so that its own `/metrics` shows them; they are
 * on the agent's endpoint all the same. A metric that the application has under the same name stays its own,
 * whichever comes first. Does nothing when no agent runs.
 *
 * @param registry of prom-client 14 or 15, or of @prometheus-io/client 0.16.
 * @returns takes them out again.
 * @throws TypeError for what is no registry.
 */
export function mergeInto(registry: MetricRegistry): () => void {
  return runningAgent()?.measurements.mergeInto(registry) ?? (() => {});
}

/**
 * Reports a queue's length, waits and tasks under `name`, in the place of what the agent found under that name
 * by itself. Without a running agent it measures nothing, and the monitor that it returns does nothing.
 */
export const monitorQueue: WorkRegistry["monitorQueue"] = (name, source) =>
  workRegistry().monitorQueue(name, source);

/** Reports a pool of reusable resources under `name`. Without a running agent as `monitorQueue`. */
export const monitorPool: WorkRegistry["monitorPool"] = (name, source) =>
  workRegistry().monitorPool(name, source);

/**
 * A function that does what `fn` does, with its duration and outcome recorded under `name`. Without a running
 * agent as `monitorQueue`.
 */
export const instrumentTask: WorkRegistry["instrumentTask"] = (name, fn) =>
  workRegistry().instrumentTask(name, fn);

let unreadRegistry: WorkRegistry | undefined;

/** Without an agent a registry that nobody reads: services run the same with and without. */
function workRegistry(): Pick<WorkRegistry, "monitorQueue" | "monitorPool" | "instrumentTask"> {
  const agent = runningAgent();
  if (agent !== undefined) return agent.measurements;
  unreadRegistry ??= createUnreadRegistry();
  return unreadRegistry;
}

function createUnreadRegistry(): WorkRegistry {
  const { createGuard } = requireOwn("./guard", () => require("./guard") as typeof import("./guard"));
  const { createWorkRegistry } = requireOwn(
    "./work/work-registry",
    () => require("./work/work-registry") as typeof import("./work/work-registry"),
  );
  return createWorkRegistry(createGuard());
}
