/** `k6/execution` for one virtual user. */

import { TestAborted } from "../run/script-interruption.js";
import type { Assignment, VirtualUser } from "../run/virtual-user.js";

export function createExecutionModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  const { run } = user;
  const assignment = (): Assignment => {
    if (user.assignment === null)
      throw new Error("k6/execution's scenario is known only inside a scenario's function");
    return user.assignment;
  };
  return {
    scenario: {
      get name() {
        return assignment().scenario;
      },
      get executor() {
        return assignment().executor;
      },
      get startTime() {
        return assignment().startTime;
      },
      get progress() {
        return assignment().progress();
      },
      get iterationInInstance() {
        return user.iterationInTest;
      },
      get iterationInTest() {
        return user.iterationInTest;
      },
    },
    instance: {
      get iterationsInterrupted() {
        return run.instanceFigure("interrupted");
      },
      get iterationsCompleted() {
        return run.instanceFigure("completed");
      },
      get vusActive() {
        return run.instanceFigure("active");
      },
      get vusInitialized() {
        return run.instanceFigure("initialized");
      },
      get currentTestRunDuration() {
        return run.loadSeconds() * 1000;
      },
    },
    test: createTestControls(user),
    vu: createUserControls(user),
  };
}

function createTestControls(user: VirtualUser): Readonly<Record<string, unknown>> {
  const { run } = user;
  return {
    abort(reason?: unknown): never {
      const message = reason === undefined ? "test aborted" : `test aborted: ${String(reason)}`;
      // The run ends even when the script catches the error.
      run.stop({ kind: "test-aborted", message });
      throw new TestAborted(message);
    },
    fail(reason?: unknown): void {
      run.markedFailed ??=
        reason === undefined ? "test marked as failed" : `test marked as failed: ${String(reason)}`;
    },
    get options() {
      if (user.stage === "init") throw new Error("exec.test.options is not known in the init code");
      const { scenarios, thresholds, tags, summaryTrendStats } = run.options;
      return {
        scenarios: Object.fromEntries(scenarios.map((scenario) => [scenario.name, scenario])),
        thresholds,
        tags,
        summaryTrendStats,
      };
    },
  };
}

function createUserControls(user: VirtualUser): Readonly<Record<string, unknown>> {
  const metadata: Record<string, string> = {};
  return {
    get iterationInInstance() {
      return Math.max(0, user.iteration);
    },
    get iterationInScenario() {
      return Math.max(0, user.iterationInScenario);
    },
    idInInstance: user.id,
    idInTest: user.id,
    metrics: { tags: user.tags, metadata },
    tags: user.tags,
  };
}
