/** Options and environment become one frozen, valid configuration. */
import { AgentError } from "../errors";
import { AGENT_OPTIONS, type AgentConfig, type AgentOptions } from "./agent-options";
import { type Environment, processEnvironment } from "./process-environment";

export type { AgentConfig, AgentOptions } from "./agent-options";

export interface ConfigReading {
  /** Valid throughout: a refused setting has its default here. */
  readonly config: AgentConfig;
  /** One sentence for each refused setting: what, the value received, the rule, where it came from. */
  readonly problems: readonly string[];
}

/**
 * Reads every setting: options win over the environment, the environment over defaults. Never throws.
 *
 * @param environment defaults to the process's own; an empty variable counts as not set.
 */
export function readAgentConfig(
  options: AgentOptions = {},
  environment: Environment = processEnvironment(),
): ConfigReading {
  const problems: string[] = unknownOptions(options);
  const values: { -readonly [K in keyof AgentConfig]?: unknown } = {};
  for (const name of Object.keys(AGENT_OPTIONS) as (keyof AgentConfig)[]) {
    const row = AGENT_OPTIONS[name];
    const given = givenValue(name, options, environment);
    const parsed = given === undefined ? row.fallback : row.parse(given.raw);
    if (parsed === undefined && given !== undefined) problems.push(refusal(name, given));
    values[name] = parsed === undefined ? row.fallback : parsed;
  }
  const config = values as unknown as AgentConfig;
  if (!isLoopback(config.host) && config.token === null && config.port !== null) {
    problems.push(
      `host must be a loopback address unless token is set, got "${config.host}" (LOOPSCOPE_HOST or options.host)`,
    );
    values.host = AGENT_OPTIONS.host.fallback;
  }
  // A test that may block for less than the threshold needs a lower threshold to be seen.
  if (config.failOnBlockMs !== null && config.failOnBlockMs < config.blockThresholdMs) {
    values.blockThresholdMs = config.failOnBlockMs;
  }
  return { config: Object.freeze(config), problems };
}

/**
 * As `readAgentConfig`, for a caller that wants bad settings refused.
 *
 * @throws AgentError `LOOPSCOPE_INVALID_OPTION` with one sentence for each refused setting.
 */
export function requireAgentConfig(options: AgentOptions): AgentConfig {
  const { config, problems } = readAgentConfig(options);
  if (problems.length > 0) throw new AgentError("LOOPSCOPE_INVALID_OPTION", problems.join("; "));
  return config;
}

interface GivenValue {
  readonly raw: unknown;
  readonly origin: string;
}

function givenValue(
  name: keyof AgentConfig,
  options: AgentOptions,
  environment: Environment,
): GivenValue | undefined {
  if (options[name] !== undefined) return { raw: options[name], origin: `options.${name}` };
  for (const variable of AGENT_OPTIONS[name].variables) {
    const raw = environment[variable];
    if (raw !== undefined && raw !== "") return { raw, origin: variable };
  }
  return undefined;
}

function refusal(name: keyof AgentConfig, given: GivenValue): string {
  // A token is a secret: its value stays out of messages.
  const shown = name === "token" ? "a shorter one" : showValue(given.raw);
  return `${name} must be ${AGENT_OPTIONS[name].rule}, got ${shown} (from ${given.origin})`;
}

function showValue(raw: unknown): string {
  const shown = typeof raw === "string" ? `"${raw}"` : String(raw);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

function unknownOptions(options: AgentOptions): string[] {
  return Object.keys(options)
    .filter((name) => !Object.hasOwn(AGENT_OPTIONS, name))
    .map(
      (name) =>
        `${name} must be one of the agent's options (${Object.keys(AGENT_OPTIONS).join(", ")}), ` +
        `got an unknown name (from options)`,
    );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
