/** `options.scenarios`: k6's six executors, their fields and defaults (k6 documentation, "Executors"). */

import {
  durationFrom,
  integerFrom,
  invalidOption,
  listOf,
  type OptionReader,
  oneOf,
  readObject,
  readString,
  readText,
  recordOf,
  refuseUnknown,
} from "./option-readers.js";

export interface Stage {
  readonly durationMs: number;
  readonly target: number;
}

interface CommonOptions {
  readonly name: string;
  readonly startTimeMs: number;
  readonly gracefulStopMs: number;
  readonly exec: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** How arrivals are spread: k6's even timetable, or independent arrivals (exponential gaps). */
export type Arrivals = "even" | "poisson";

interface ArrivalOptions extends CommonOptions {
  /** Iterations per `timeUnitMs`. */
  readonly timeUnitMs: number;
  readonly preAllocatedVus: number;
  readonly maxVus: number;
  readonly arrivals: Arrivals;
}

export type ScenarioOptions =
  | (CommonOptions & { readonly executor: "constant-vus"; readonly vus: number; readonly durationMs: number })
  | (CommonOptions & {
      readonly executor: "ramping-vus";
      readonly startVus: number;
      readonly stages: readonly Stage[];
      readonly gracefulRampDownMs: number;
    })
  | (CommonOptions & {
      readonly executor: "shared-iterations" | "per-vu-iterations";
      readonly vus: number;
      readonly iterations: number;
      readonly maxDurationMs: number;
    })
  | (ArrivalOptions & {
      readonly executor: "constant-arrival-rate";
      readonly rate: number;
      readonly durationMs: number;
    })
  | (ArrivalOptions & {
      readonly executor: "ramping-arrival-rate";
      readonly startRate: number;
      readonly stages: readonly Stage[];
    });

type Executor = ScenarioOptions["executor"];

const readStage: OptionReader<Stage> = (value, where) => {
  const given = readObject(value, where);
  refuseUnknown(given, ["duration", "target"], where);
  return {
    durationMs: durationFrom(0)(given.duration, `${where}.duration`),
    target: integerFrom(0)(given.target, `${where}.target`),
  };
};

export const readStages: OptionReader<readonly Stage[]> = listOf(readStage);

const COMMON_FIELDS = ["executor", "startTime", "gracefulStop", "env", "exec", "tags"];
const ARRIVAL_FIELDS = ["timeUnit", "preAllocatedVUs", "maxVUs", "arrivals"];

const FIELDS: Readonly<Record<Executor, readonly string[]>> = {
  "constant-vus": ["vus", "duration"],
  "ramping-vus": ["startVUs", "stages", "gracefulRampDown"],
  "shared-iterations": ["vus", "iterations", "maxDuration"],
  "per-vu-iterations": ["vus", "iterations", "maxDuration"],
  "constant-arrival-rate": ["rate", "duration", ...ARRIVAL_FIELDS],
  "ramping-arrival-rate": ["startRate", "stages", ...ARRIVAL_FIELDS],
};

export const EXECUTORS = Object.keys(FIELDS) as readonly Executor[];

/** @param where `options.scenarios.<name>` */
export function readScenario(name: string, value: unknown, where: string): ScenarioOptions {
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    throw invalidOption(`${where}: a scenario's name may have letters, digits, _ and - only`);
  }
  const given = readObject(value, where);
  const executor = oneOf(...EXECUTORS)(given.executor, `${where}.executor`);
  refuseUnknown(given, [...COMMON_FIELDS, ...FIELDS[executor]], `${where} (${executor})`);
  const field = <T>(key: string, reader: OptionReader<T>, fallback?: T): T => {
    const stated = given[key];
    if (stated !== undefined && stated !== null) return reader(stated, `${where}.${key}`);
    if (fallback === undefined) throw invalidOption(`${where}.${key} is missing: ${executor} needs it`);
    return fallback;
  };
  const common: CommonOptions = {
    name,
    startTimeMs: field("startTime", durationFrom(0), 0),
    gracefulStopMs: field("gracefulStop", durationFrom(0), 30_000),
    exec: field("exec", readString, "default"),
    env: field("env", recordOf(readText), {}),
    tags: field("tags", recordOf(readText), {}),
  };
  switch (executor) {
    case "constant-vus":
      return {
        ...common,
        executor,
        vus: field("vus", integerFrom(1), 1),
        durationMs: field("duration", durationFrom(1)),
      };
    case "ramping-vus":
      return {
        ...common,
        executor,
        startVus: field("startVUs", integerFrom(0), 1),
        stages: someStages(field("stages", readStages), where),
        gracefulRampDownMs: field("gracefulRampDown", durationFrom(0), 30_000),
      };
    case "shared-iterations":
    case "per-vu-iterations":
      return iterationOptions(common, executor, field, where);
    case "constant-arrival-rate":
      return {
        ...common,
        ...arrivalOptions(field, where),
        executor,
        rate: field("rate", integerFrom(1)),
        durationMs: field("duration", durationFrom(1)),
      };
    case "ramping-arrival-rate":
      return {
        ...common,
        ...arrivalOptions(field, where),
        executor,
        startRate: field("startRate", integerFrom(0), 0),
        stages: someStages(field("stages", readStages), where),
      };
  }
}

type FieldReader = <T>(key: string, reader: OptionReader<T>, fallback?: T) => T;

function iterationOptions(
  common: CommonOptions,
  executor: "shared-iterations" | "per-vu-iterations",
  field: FieldReader,
  where: string,
): ScenarioOptions {
  const vus = field("vus", integerFrom(1), 1);
  const iterations = field("iterations", integerFrom(1), 1);
  if (executor === "shared-iterations" && iterations < vus) {
    throw invalidOption(`${where}.iterations (${iterations}) must not be fewer than its vus (${vus})`);
  }
  return {
    ...common,
    executor,
    vus,
    iterations,
    maxDurationMs: field("maxDuration", durationFrom(1), 600_000),
  };
}

function arrivalOptions(field: FieldReader, where: string) {
  const preAllocatedVus = field("preAllocatedVUs", integerFrom(0));
  const maxVus = field("maxVUs", integerFrom(1), Math.max(1, preAllocatedVus));
  if (maxVus < preAllocatedVus) {
    throw invalidOption(
      `${where}.maxVUs (${maxVus}) must not be fewer than preAllocatedVUs (${preAllocatedVus})`,
    );
  }
  return {
    timeUnitMs: field("timeUnit", durationFrom(1), 1000),
    preAllocatedVus,
    maxVus,
    arrivals: field<Arrivals>("arrivals", oneOf("even", "poisson"), "even"),
  };
}

function someStages(stages: readonly Stage[], where: string): readonly Stage[] {
  if (stages.length === 0) throw invalidOption(`${where}.stages must not be empty`);
  return stages;
}
