/** The only place where the load tests read the environment. */

export interface CommandEnvironment {
  /** Everything, for the target and for scripts' `__ENV`. */
  readonly all: Readonly<Record<string, string>>;
  /** No colour is written when `NO_COLOR` is set to anything but an empty text (no-color.org). */
  readonly noColor: boolean;
  /** Running in GitHub Actions: annotations and a step summary are written. */
  readonly githubActions: boolean;
  readonly githubStepSummary: string | undefined;
  readonly gitlabCi: boolean;
  /** The checked out repository, in which CI systems look for the files that reports name; undefined: unknown. */
  readonly repositoryFolder: string | undefined;
  /** The user's own NODE_OPTIONS, kept for the target. */
  readonly nodeOptions: string | undefined;
  /** Bearer token for the agent's endpoint. */
  readonly agentToken: string | undefined;
  /** Path of the k6 binary for `--engine k6`; undefined: look for `k6` on the PATH. */
  readonly k6Binary: string | undefined;
}

export function readCommandEnvironment(): CommandEnvironment {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) all[name] = value;
  }
  const nonEmpty = (name: string): string | undefined => {
    const value = all[name];
    return value === undefined || value === "" ? undefined : value;
  };
  return {
    all,
    noColor: nonEmpty("NO_COLOR") !== undefined,
    githubActions: all.GITHUB_ACTIONS === "true",
    githubStepSummary: nonEmpty("GITHUB_STEP_SUMMARY"),
    gitlabCi: all.GITLAB_CI === "true",
    repositoryFolder: nonEmpty("GITHUB_WORKSPACE") ?? nonEmpty("CI_PROJECT_DIR"),
    nodeOptions: nonEmpty("NODE_OPTIONS"),
    agentToken: nonEmpty("LOOPSCOPE_TOKEN"),
    k6Binary: nonEmpty("K6_BIN"),
  };
}
