/** `export const options`: everything in it is checked before the first request. */

import type { ThresholdDeclaration } from "../../engine.js";
import {
  durationFrom,
  integerFrom,
  invalidOption,
  listOf,
  type OptionReader,
  readBoolean,
  readNumber,
  readObject,
  readString,
  readText,
  recordOf,
  refuseUnknown,
} from "./option-readers.js";
import { readScenario, readStages, type ScenarioOptions, type Stage } from "./scenario-options.js";

/** What a run may state in place of the script. Durations as k6 writes them. */
export interface OptionOverrides {
  readonly vus?: number;
  readonly duration?: string;
  readonly iterations?: number;
  readonly stages?: readonly { readonly duration: string; readonly target: number }[];
  /** Arrivals a second: replaces the scenarios by one constant-arrival-rate. */
  readonly rate?: number;
}

export interface ScriptOptions {
  readonly scenarios: readonly ScenarioOptions[];
  readonly thresholds: readonly ThresholdDeclaration[];
  readonly tags: Readonly<Record<string, string>>;
  readonly hosts: Readonly<Record<string, string>>;
  readonly insecureSkipTLSVerify: boolean;
  readonly discardResponseBodies: boolean;
  readonly noConnectionReuse: boolean;
  readonly noVUConnectionReuse: boolean;
  readonly noCookiesReset: boolean;
  readonly userAgent: string;
  readonly batch: number;
  /** 0: no limit but `batch`. */
  readonly batchPerHost: number;
  /** Requests a second over all virtual users; null without a limit. */
  readonly rps: number | null;
  readonly throwOnError: boolean;
  readonly maxRedirects: number;
  readonly minIterationDurationMs: number;
  readonly setupTimeoutMs: number;
  readonly teardownTimeoutMs: number;
  readonly summaryTrendStats: readonly string[];
  readonly systemTags: ReadonlySet<string>;
}

export const DEFAULT_TREND_STATS: readonly string[] = ["avg", "min", "med", "max", "p(90)", "p(95)"];

const SYSTEM_TAGS: readonly string[] = [
  ...["proto", "subproto", "status", "method", "url", "name", "group", "check", "error", "error_code"],
  ...["tls_version", "scenario", "service", "expected_response"],
];
const OPTIONAL_SYSTEM_TAGS: readonly string[] = ["iter", "vu", "ocsp_status", "ip"];

const readSystemTag: OptionReader<string> = (value, where) => {
  const name = readString(value, where);
  if (!SYSTEM_TAGS.includes(name) && !OPTIONAL_SYSTEM_TAGS.includes(name)) {
    throw invalidOption(`${where}: there is no system tag ${JSON.stringify(name)}`);
  }
  return name;
};

const readTrendStat: OptionReader<string> = (value, where) => {
  const stat = readString(value, where);
  const percentile = /^p\((\d+(?:\.\d+)?)\)$/.exec(stat);
  const known = ["avg", "min", "med", "max", "count"].includes(stat);
  if (!known && (percentile === null || Number(percentile[1]) > 100)) {
    throw invalidOption(
      `${where} must be avg, min, med, max, count or p(0..100), got ${JSON.stringify(stat)}`,
    );
  }
  return stat;
};

/** Read and without effect here: they concern k6's own outputs. */
const WITHOUT_EFFECT = ["ext", "cloud", "noUsageReport", "summaryTimeUnit", "linger", "dns"];
const SHORTCUTS = ["vus", "duration", "iterations", "stages"];
const KNOWN = [
  ...["scenarios", "thresholds", "tags", "hosts", "insecureSkipTLSVerify", "discardResponseBodies"],
  ...["noConnectionReuse", "noVUConnectionReuse", "noCookiesReset", "userAgent", "batch", "batchPerHost"],
  ...["rps", "throw", "maxRedirects", "minIterationDuration", "setupTimeout", "teardownTimeout"],
  ...["summaryTrendStats", "systemTags", ...SHORTCUTS, ...WITHOUT_EFFECT],
];

/**
 * @param exported `options` of the script, undefined without one
 * @param exportNames functions that `exec` may name
 * @throws LoadScriptError `options-invalid`
 */
export function readScriptOptions(
  exported: unknown,
  overrides: OptionOverrides,
  exportNames: ReadonlySet<string>,
): ScriptOptions {
  const given = exported === undefined ? {} : readObject(exported, "options");
  refuseUnknown(given, KNOWN, "options");
  const option = <T>(key: string, reader: OptionReader<T>, fallback: T): T => {
    const stated = given[key];
    return stated === undefined || stated === null ? fallback : reader(stated, `options.${key}`);
  };
  const scenarios = readScenarios(given, overrides);
  for (const { name, exec } of scenarios) {
    if (exportNames.has(exec)) continue;
    throw invalidOption(`the scenario ${name} runs ${exec}, and the script exports no function of that name`);
  }
  const rps = option("rps", readNumber, 0);
  return {
    scenarios,
    thresholds: option("thresholds", readThresholds, []),
    tags: option("tags", recordOf(readText), {}),
    hosts: option("hosts", recordOf(readString), {}),
    insecureSkipTLSVerify: option("insecureSkipTLSVerify", readBoolean, false),
    discardResponseBodies: option("discardResponseBodies", readBoolean, false),
    noConnectionReuse: option("noConnectionReuse", readBoolean, false),
    noVUConnectionReuse: option("noVUConnectionReuse", readBoolean, false),
    noCookiesReset: option("noCookiesReset", readBoolean, false),
    userAgent: option("userAgent", readString, "loopscope/0.1 (load test)"),
    batch: option("batch", integerFrom(1), 20),
    batchPerHost: option("batchPerHost", integerFrom(0), 6),
    rps: rps > 0 ? rps : null,
    throwOnError: option("throw", readBoolean, false),
    maxRedirects: option("maxRedirects", integerFrom(0), 10),
    minIterationDurationMs: option("minIterationDuration", durationFrom(0), 0),
    setupTimeoutMs: option("setupTimeout", durationFrom(1), 60_000),
    teardownTimeoutMs: option("teardownTimeout", durationFrom(1), 60_000),
    summaryTrendStats: option("summaryTrendStats", listOf(readTrendStat), DEFAULT_TREND_STATS),
    systemTags: new Set(option("systemTags", listOf(readSystemTag), SYSTEM_TAGS)),
  };
}

/** Overrides beat the script's shortcuts and scenarios, as k6's command line does. */
function readScenarios(
  given: Readonly<Record<string, unknown>>,
  overrides: OptionOverrides,
): readonly ScenarioOptions[] {
  const stated = overrides as Readonly<Record<string, unknown>>;
  if (overrides.rate !== undefined) return [rateOverride(given, overrides)];
  const overridden = SHORTCUTS.some((key) => stated[key] !== undefined);
  const scenarios = given.scenarios;
  const hasScenarios = scenarios !== undefined && scenarios !== null;
  if (!overridden && hasScenarios) {
    const shortcut = SHORTCUTS.find((key) => given[key] !== undefined && key !== "vus");
    if (shortcut !== undefined)
      throw invalidOption(`options has both scenarios and ${shortcut}: keep one of them`);
    const entries = Object.entries(readObject(scenarios, "options.scenarios"));
    if (entries.length === 0) throw invalidOption("options.scenarios must not be empty");
    return entries.map(([name, value]) => readScenario(name, value, `options.scenarios.${name}`));
  }
  const shortcuts = Object.fromEntries(SHORTCUTS.map((key) => [key, stated[key] ?? given[key] ?? undefined]));
  // A stated way to run replaces the script's other ways.
  const ways = ["stages", "iterations", "duration"];
  if (ways.some((key) => stated[key] !== undefined)) {
    for (const key of ways) if (stated[key] === undefined) shortcuts[key] = undefined;
  }
  return [readScenario("default", scenarioFromShortcuts(shortcuts), "options")];
}

function scenarioFromShortcuts(shortcuts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { vus, duration, iterations, stages } = shortcuts;
  if (stages !== undefined) {
    return withoutUndefined({
      executor: "ramping-vus",
      startVUs: vus,
      stages: readStages(stages, "options.stages").map(asWritten),
    });
  }
  if (iterations !== undefined) {
    return withoutUndefined({ executor: "shared-iterations", vus, iterations, maxDuration: duration });
  }
  if (duration !== undefined) return withoutUndefined({ executor: "constant-vus", vus, duration });
  return withoutUndefined({ executor: "per-vu-iterations", vus, iterations: 1 });
}

function rateOverride(given: Readonly<Record<string, unknown>>, overrides: OptionOverrides): ScenarioOptions {
  const duration = overrides.duration ?? given.duration;
  if (duration === undefined) throw invalidOption("a rate needs a duration");
  const vus = overrides.vus ?? Math.min(1000, Math.max(10, Math.ceil(overrides.rate ?? 1)));
  return readScenario(
    "default",
    { executor: "constant-arrival-rate", rate: overrides.rate, duration, preAllocatedVUs: vus },
    "options",
  );
}

function asWritten({ durationMs, target }: Stage): Record<string, unknown> {
  return { duration: durationMs, target };
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

const readThresholds: OptionReader<readonly ThresholdDeclaration[]> = (value, where) =>
  Object.entries(readObject(value, where)).flatMap(([metric, stated]) => {
    const at = `${where}[${JSON.stringify(metric)}]`;
    return listOf((one, place) => readThreshold(metric, one, place))(
      Array.isArray(stated) ? stated : [stated],
      at,
    );
  });

function readThreshold(metric: string, value: unknown, where: string): ThresholdDeclaration {
  if (typeof value === "string")
    return { metric, expression: value, abortOnFail: false, delayAbortEvalMs: 0 };
  const given = readObject(value, where);
  refuseUnknown(given, ["threshold", "abortOnFail", "delayAbortEval"], where);
  return {
    metric,
    expression: readString(given.threshold, `${where}.threshold`),
    abortOnFail:
      given.abortOnFail === undefined ? false : readBoolean(given.abortOnFail, `${where}.abortOnFail`),
    delayAbortEvalMs:
      given.delayAbortEval === undefined
        ? 0
        : durationFrom(0)(given.delayAbortEval, `${where}.delayAbortEval`),
  };
}
