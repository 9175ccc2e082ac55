/**
 * Where a run's metrics go while it runs. The variables are k6's own, so that a pipeline made for k6 needs no
 * change; GRAFANA_URL and GRAFANA_TOKEN mark the run in Grafana.
 */
import { LoopscopeError } from "../loopscope-error.js";
import { DEFAULT_TREND_STATISTICS, parseTrendStatistics, type TrendStatistic } from "./run-samples.js";

export interface RemoteWriteSettings {
  /** K6_PROMETHEUS_RW_SERVER_URL, `http://127.0.0.1:9090/api/v1/write`. */
  readonly url: string;
  /** From K6_PROMETHEUS_RW_BEARER_TOKEN, or _USERNAME and _PASSWORD. */
  readonly headers: Readonly<Record<string, string>>;
  /** K6_PROMETHEUS_RW_PUSH_INTERVAL, `5s` by default, from 1 s: the engine reports each second. */
  readonly pushIntervalMs: number;
  /** K6_PROMETHEUS_RW_TREND_STATS; by default `p(50),p(95),p(99)`. */
  readonly statistics: readonly TrendStatistic[];
  /** K6_PROMETHEUS_RW_STALE_MARKERS, on by default: series end with the run. `false` switches it off. */
  readonly staleMarkers: boolean;
}

export interface GrafanaSettings {
  readonly url: string;
  readonly token: string;
}

export interface ExportSettings {
  /** Null: no server is named. */
  readonly remoteWrite: RemoteWriteSettings | null;
  /** Null: no address, or no token. */
  readonly grafana: GrafanaSettings | null;
}

/** @throws LoopscopeError with one sentence for a bad value. */
export function readExportSettings(environment: Readonly<Record<string, string>>): ExportSettings {
  const url = httpUrl("K6_PROMETHEUS_RW_SERVER_URL", environment.K6_PROMETHEUS_RW_SERVER_URL);
  const grafanaUrl = httpUrl("GRAFANA_URL", environment.GRAFANA_URL);
  const token = environment.GRAFANA_TOKEN ?? "";
  return {
    remoteWrite:
      url === null
        ? null
        : {
            url,
            headers: authorization(environment),
            pushIntervalMs: pushInterval(environment.K6_PROMETHEUS_RW_PUSH_INTERVAL ?? "5s"),
            statistics: parseTrendStatistics(
              environment.K6_PROMETHEUS_RW_TREND_STATS ?? DEFAULT_TREND_STATISTICS,
            ),
            staleMarkers: environment.K6_PROMETHEUS_RW_STALE_MARKERS !== "false",
          },
    grafana: grafanaUrl === null || token === "" ? null : { url: grafanaUrl, token },
  };
}

function httpUrl(name: string, text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new LoopscopeError("INVALID_OPTION", `${name} must be an http or https address, got "${text}".`);
}

function authorization(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const token = environment.K6_PROMETHEUS_RW_BEARER_TOKEN ?? "";
  if (token !== "") return { authorization: `Bearer ${token}` };
  const user = environment.K6_PROMETHEUS_RW_USERNAME ?? "";
  if (user === "") return {};
  const pair = `${user}:${environment.K6_PROMETHEUS_RW_PASSWORD ?? ""}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function pushInterval(text: string): number {
  const [, digits, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000 }[unit ?? ""];
  if (digits !== undefined && factor !== undefined && Number(digits) * factor >= 1000)
    return Number(digits) * factor;
  throw new LoopscopeError(
    "INVALID_OPTION",
    `K6_PROMETHEUS_RW_PUSH_INTERVAL must be a duration of at least 1s (5s, 1m), got "${text}".`,
  );
}
