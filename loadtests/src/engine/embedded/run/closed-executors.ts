/** Executors whose virtual users begin an iteration when the last one ended. */

import { monotonicMs } from "../../../clock.js";
import type { ScenarioOptions, Stage } from "../options/scenario-options.js";
import { shareOf } from "./load-slice.js";
import type { ScenarioRun } from "./scenario-run.js";
import type { VirtualUser } from "./virtual-user.js";

type OptionsOf<Name extends ScenarioOptions["executor"]> = Extract<ScenarioOptions, { executor: Name }>;

export async function runConstantVus(
  scenario: ScenarioRun,
  options: OptionsOf<"constant-vus">,
): Promise<void> {
  const users = await scenario.hire(options.vus);
  await scenario.start();
  scenario.progress = () => scenario.elapsedShare(options.durationMs);
  const endsAtMs = scenario.startedAtMs + options.durationMs;
  const running = Promise.all(users.map((user) => scenario.loop(user, () => monotonicMs() < endsAtMs)));
  await scenario.until(options.durationMs);
  scenario.end();
  await scenario.drain(running, options.gracefulStopMs);
}

export async function runIterations(
  scenario: ScenarioRun,
  options: OptionsOf<"shared-iterations" | "per-vu-iterations">,
): Promise<void> {
  const users = await scenario.hire(options.vus);
  await scenario.start();
  const isShared = options.executor === "shared-iterations";
  const total = isShared ? options.iterations : options.iterations * options.vus;
  scenario.progress = () => Math.min(1, (isShared ? scenario.numbers.taken : scenario.begun) / total);
  // More threads than virtual users: others work on what is shared.
  if (users.length === 0) return;
  const loops = users.map((user) =>
    scenario.loop(user, () =>
      isShared ? scenario.claim(total) : user.iterationInScenario + 1 < options.iterations,
    ),
  );
  const running = Promise.all(loops);
  await Promise.race([running, scenario.until(options.maxDurationMs)]);
  scenario.end();
  await scenario.drain(running, options.gracefulStopMs);
  const missing = isShared ? scenario.numbers.takeRest(total) : total - scenario.begun;
  if (missing > 0) scenario.run.countDropped(missing, options.name);
}

export async function runRampingVus(scenario: ScenarioRun, options: OptionsOf<"ramping-vus">): Promise<void> {
  const steps = rampSteps(options.startVus, options.stages);
  const { index: first, count: apart } = scenario.slice;
  const most = Math.max(...steps.map(({ vus }) => vus));
  const users = await scenario.hire(shareOf(most, scenario.slice));
  await scenario.start();
  const durationMs = options.stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  scenario.progress = () => scenario.elapsedShare(durationMs);
  const rampers = users.map((user) => new RampedUser(scenario, user, options.gracefulRampDownMs));
  for (const { atMs, vus } of steps) {
    await scenario.until(atMs);
    if (scenario.isOver) break;
    rampers.forEach((ramper, index) => {
      ramper.setActive(first + index * apart < vus);
    });
  }
  await scenario.until(durationMs);
  scenario.end();
  const running = Promise.all(rampers.map((ramper) => ramper.finished));
  await scenario.drain(running, options.gracefulStopMs);
  for (const ramper of rampers) ramper.clear();
}

/** When the number of virtual users changes, from the start on. A stage's steps are evenly spaced. */
export function rampSteps(
  startVus: number,
  stages: readonly Stage[],
): { readonly atMs: number; readonly vus: number }[] {
  const steps = [{ atMs: 0, vus: startVus }];
  let vus = startVus;
  let startMs = 0;
  for (const { durationMs, target } of stages) {
    const difference = Math.abs(target - vus);
    const sign = Math.sign(target - vus);
    if (durationMs === 0) steps.push({ atMs: startMs, vus: target });
    else {
      for (let step = 1; step <= difference; step++) {
        steps.push({ atMs: startMs + (durationMs * step) / difference, vus: vus + sign * step });
      }
    }
    vus = target;
    startMs += durationMs;
  }
  return steps;
}

/** A user that is told to work and to rest; resting, it may finish its iteration within the time given. */
class RampedUser {
  readonly #scenario: ScenarioRun;
  readonly #user: VirtualUser;
  readonly #graceMs: number;
  #isActive = false;
  #timer: NodeJS.Timeout | null = null;
  finished: Promise<void> = Promise.resolve();
  #isLooping = false;

  constructor(scenario: ScenarioRun, user: VirtualUser, graceMs: number) {
    this.#scenario = scenario;
    this.#user = user;
    this.#graceMs = graceMs;
  }

  setActive(isActive: boolean): void {
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    this.clear();
    if (!isActive) this.#timer = setTimeout(() => this.#user.interrupt(), this.#graceMs);
    else if (!this.#isLooping) this.finished = this.#loop();
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #loop(): Promise<void> {
    this.#isLooping = true;
    while (this.#isActive && !this.#scenario.isOver) {
      // Interrupted while ramping down, wanted again since.
      this.#user.interrupted = false;
      await this.#scenario.loop(this.#user, () => this.#isActive);
    }
    this.#isLooping = false;
    this.clear();
  }
}
