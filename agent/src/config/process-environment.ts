/** The one door through which environment variables enter the agent. */

export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}

/**
 * The environment for the agent's own thread: without NODE_OPTIONS, whose preloads (ours among them) would
 * otherwise run in it again and again.
 */
export function threadEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && name !== "NODE_OPTIONS" && name !== "NODE_V8_COVERAGE") kept[name] = value;
  }
  return kept;
}
