/** Exit codes of the `loopscope` command: k6's own where k6 has one, ours from 120. */
export const EXIT_CODES = {
  passed: 0,
  /** A defect of Loopscope itself: the only case in which a stack trace of ours is shown. */
  internalError: 1,
  thresholdsFailed: 99,
  setupTimeout: 100,
  teardownTimeout: 101,
  /** Invalid configuration, script or option. */
  invalidConfig: 104,
  /** Ctrl-C or SIGTERM; results so far are kept. */
  interrupted: 105,
  scriptException: 107,
  /** `test.abort()` of `k6/execution`. */
  testAborted: 108,
  /** `exec.test.fail()` of `k6/execution`. */
  testFailed: 110,
  /** The target could not be started, never became reachable, or died during the run. */
  targetFailed: 120,
  /** `compare` found a regression. */
  regression: 121,
  /** The run is not trustworthy (only with `--strict`). */
  notTrustworthy: 122,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
