// Covers: k6/execution: scenario, instance, test.options, vu; unique data by iterationInTest
import { check } from "k6";
import exec, { scenario, vu } from "k6/execution";

export const options = { scenarios: { only: { executor: "shared-iterations", vus: 3, iterations: 9 } } };

export default function () {
  check(exec, {
    scenario: (e) => e.scenario.name === "only" && e.scenario.executor === "shared-iterations",
    numbers: () => scenario.iterationInTest >= 0 && scenario.iterationInTest < 9,
    instance: (e) => e.instance.vusInitialized === 3 && e.instance.vusActive >= 1,
    progress: (e) => e.scenario.progress >= 0 && e.scenario.progress <= 1,
    started: (e) => Math.abs(Date.now() - e.scenario.startTime) < 60_000,
    user: () => vu.idInTest >= 1 && vu.idInTest <= 3 && vu.iterationInInstance === __ITER,
    options: (e) => e.test.options.scenarios.only !== undefined,
  });
}
