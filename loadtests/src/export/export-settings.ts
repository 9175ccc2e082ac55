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

export interface OtlpSettings {
  /** From K6_OTEL_HTTP_EXPORTER_ENDPOINT (host:port), _INSECURE and _URL_PATH. */
  readonly url: string;
  /** From K6_OTEL_HEADERS, `name=value,name=value`, or K6_OTEL_HTTP_EXPORTER_USERNAME and _PASSWORD. */
  readonly headers: Readonly<Record<string, string>>;
  /** K6_OTEL_EXPORT_INTERVAL, `10s` by default, from 1 s. */
  readonly exportIntervalMs: number;
  /** K6_OTEL_METRIC_PREFIX; empty by default. */
  readonly prefix: string;
  /** K6_OTEL_SERVICE_NAME; `k6` by default, so that dashboards made for k6 find it. */
  readonly serviceName: string;
}

export interface GrafanaSettings {
  readonly url: string;
  readonly token: string;
}

export interface ExportSettings {
  /** Null: no server is named. */
  readonly remoteWrite: RemoteWriteSettings | null;
  /** Null: no endpoint is named. */
  readonly otlp: OtlpSettings | null;
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
            pushIntervalMs: pushInterval("K6_PROMETHEUS_RW_PUSH_INTERVAL", environment, "5s"),
            statistics: parseTrendStatistics(
              environment.K6_PROMETHEUS_RW_TREND_STATS ?? DEFAULT_TREND_STATISTICS,
            ),
            staleMarkers: environment.K6_PROMETHEUS_RW_STALE_MARKERS !== "false",
          },
    otlp: otlpSettings(environment),
    grafana: grafanaUrl === null || token === "" ? null : { url: grafanaUrl, token },
  };
}

function httpUrl(name: string, text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new LoopscopeError("INVALID_OPTION", `${name} must be an http or https address, got "${text}".`);
}

/** OTLP over HTTP; k6's other protocol, gRPC, is refused rather than left unanswered. */
function otlpSettings(environment: Readonly<Record<string, string>>): OtlpSettings | null {
  const endpoint = environment.K6_OTEL_HTTP_EXPORTER_ENDPOINT ?? "";
  if (endpoint === "") return null;
  const protocol = environment.K6_OTEL_EXPORTER_PROTOCOL ?? "http/protobuf";
  if (!protocol.startsWith("http")) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `K6_OTEL_EXPORTER_PROTOCOL must be http/protobuf where K6_OTEL_HTTP_EXPORTER_ENDPOINT is set, got "${protocol}".`,
    );
  }
  const scheme = environment.K6_OTEL_HTTP_EXPORTER_INSECURE === "true" ? "http" : "https";
  const place = `${scheme}://${endpoint}${environment.K6_OTEL_HTTP_EXPORTER_URL_PATH ?? "/v1/metrics"}`;
  if (endpoint.includes("/") || !URL.canParse(place)) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `K6_OTEL_HTTP_EXPORTER_ENDPOINT must be host:port without a scheme, got "${endpoint}".`,
    );
  }
  const user = environment.K6_OTEL_HTTP_EXPORTER_USERNAME ?? "";
  return {
    url: place,
    headers: {
      ...headersOf(environment.K6_OTEL_HEADERS ?? ""),
      ...(user === "" ? {} : basic(user, environment.K6_OTEL_HTTP_EXPORTER_PASSWORD ?? "")),
    },
    exportIntervalMs: pushInterval("K6_OTEL_EXPORT_INTERVAL", environment, "10s"),
    prefix: environment.K6_OTEL_METRIC_PREFIX ?? "",
    serviceName: environment.K6_OTEL_SERVICE_NAME ?? "k6",
  };
}

function headersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [name.toLowerCase(), value.trim()];
      throw new LoopscopeError(
        "INVALID_OPTION",
        `K6_OTEL_HEADERS must be name=value pairs with commas between, got "${pair}".`,
      );
    }),
  );
}

function basic(user: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

function authorization(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const token = environment.K6_PROMETHEUS_RW_BEARER_TOKEN ?? "";
  if (token !== "") return { authorization: `Bearer ${token}` };
  const user = environment.K6_PROMETHEUS_RW_USERNAME ?? "";
  return user === "" ? {} : basic(user, environment.K6_PROMETHEUS_RW_PASSWORD ?? "");
}

function pushInterval(
  name: string,
  environment: Readonly<Record<string, string>>,
  byDefault: string,
): number {
  const text = environment[name] ?? byDefault;
  const [, digits, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000 }[unit ?? ""];
  if (digits !== undefined && factor !== undefined && Number(digits) * factor >= 1000)
    return Number(digits) * factor;
  throw new LoopscopeError(
    "INVALID_OPTION",
    `${name} must be a duration of at least 1s (5s, 1m), got "${text}".`,
  );
}
