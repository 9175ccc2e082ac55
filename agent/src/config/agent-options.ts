/** Every setting of the agent in one table: option, variable, rule and default. */
import {
  numberList,
  type OptionRule,
  oneOf,
  onOff,
  optionalText,
  optionalUrl,
  text,
  textList,
  wholeNumber,
  wholeNumberOrOff,
} from "./option-rules";

/** The agent's settings after validation. Every field is always set. */
export interface AgentConfig {
  /** TCP port of the agent's endpoint; 0 picks a free one, null (`off`) opens none. Default 9464. */
  readonly port: number | null;
  /** Address the endpoint binds to. Default 127.0.0.1; any other than loopback requires `token`. */
  readonly host: string;
  /** Bearer token that every request to the endpoint must carry; null: none. At least 16 characters. */
  readonly token: string | null;
  /** A block is reported when it lasts at least this long, milliseconds, 5 to 60000. Default 50. */
  readonly blockThresholdMs: number;
  /** One line on standard error for each block. Default off. At most `logLimit` lines in 10 seconds. */
  readonly log: "off" | "text" | "json";
  /** Lines per 10 seconds, 1 to 1000, default 20; the rest is counted and the count is printed. */
  readonly logLimit: number;
  /** Blocks kept for `GET /blocks`, 1 to 10000, default 200; the oldest goes first. About 3 KB each. */
  readonly maxBlocks: number;
  /** Routes kept apart in metrics, 1 to 10000, default 200; the rest is folded into `other`. */
  readonly maxRoutes: number;
  /** Blocking places kept apart in metrics, 1 to 10000, default 200; the rest is folded into `other`. */
  readonly maxBlockers: number;
  /**
   * Bounds added to those of the durations of HTTP server requests, milliseconds, 1 to 600000, at most 10:
   * what a service promises, so that the share within it is counted exactly. Default: none.
   */
  readonly latencyObjectivesMs: readonly number[];
  /**
   * Whether the metrics are also put into the registry that prom-client or @prometheus-io/client has by default,
   * once the application loads it, for its own `/metrics`. Default off. Its own metrics win where names meet.
   */
  readonly mergeIntoRegistry: boolean;
  /** Name of the service. Default: OTEL_SERVICE_NAME, else the program's package name, else its file name. */
  readonly serviceName: string | null;
  /**
   * Whether known synchronous calls (fs, crypto, zlib, child_process, JSON, native addons) are wrapped, so
   * that a block inside one is attributed exactly. Default on. Costs some 50 ns a call.
   */
  readonly wrapNatives: boolean;
  /** Whether database pools (pg) are found and measured without code, by wrapping their methods. Default on. */
  readonly instrumentLibraries: boolean;
  /**
   * How a block finds its request. `always` uses AsyncLocalStorage, which costs 12 to 17 % processor time a
   * request before Node 24; `auto` (default) does so on Node 24 and later, and on older versions for five
   * minutes after a block that found no request; `off` attributes none.
   */
  readonly requestContext: "auto" | "always" | "off";
  /** Whether source maps are read (in the agent's thread) to name the original lines. Default on. */
  readonly sourceMaps: boolean;
  /** `/healthz` answers 503 once a block has lasted this long, milliseconds, 100 to 3600000. Default 10000. */
  readonly unhealthyAfterMs: number;
  /** Test mode: a block of this length or more fails the process, milliseconds; null: off. */
  readonly failOnBlockMs: number | null;
  /** Functions or parts of a file's path whose blocks are expected: neither reported nor failed. */
  readonly allowBlocking: readonly string[];
  /** Folder for the announcement file; null: none. Set by whoever starts the process. */
  readonly announceDir: string | null;
  /** OTLP over HTTP: base URL (OTEL_EXPORTER_OTLP_ENDPOINT, `http://127.0.0.1:4318`); null: no OTLP export. */
  readonly otlpEndpoint: string | null;
  /**
   * OTEL_METRICS_EXPORTER: sent by OTLP when `otlp` is among them (the default); `none` or `prometheus` for metrics
   * that are scraped and must not be counted twice, while the endpoint is for the application's traces.
   */
  readonly metricsExporters: readonly string[];
  /** OTEL_LOGS_EXPORTER: blocks are sent as log records when `otlp` is among them (the default). */
  readonly logsExporters: readonly string[];
  /**
   * `name=value` pairs that say where metrics come from (OTEL_RESOURCE_ATTRIBUTES), percent-encoded. Default: none, and
   * `service.instance.id` is host name and process. OTEL_SERVICE_NAME goes before their `service.name`.
   */
  readonly resourceAttributes: readonly string[];
  /** `name=value` pairs sent along (OTEL_EXPORTER_OTLP_HEADERS), percent-encoded. Default: none. */
  readonly otlpHeaders: readonly string[];
  /** Between two exports (OTEL_METRIC_EXPORT_INTERVAL), milliseconds, 100 to 3600000. Default 60000. */
  readonly otlpIntervalMs: number;
}

/** What `start()` accepts: any of the settings; what is left out comes from the environment. */
export type AgentOptions = { readonly [K in keyof AgentConfig]?: AgentConfig[K] | undefined };

interface OptionRow<T> extends OptionRule<T> {
  /** Variables that set it, the first that is set and not empty wins. */
  readonly variables: readonly string[];
  readonly fallback: T;
}

function row<T>(rule: OptionRule<T>, fallback: T, ...variables: readonly string[]): OptionRow<T> {
  return { ...rule, fallback, variables };
}

export const AGENT_OPTIONS: { readonly [K in keyof AgentConfig]: OptionRow<AgentConfig[K]> } = {
  port: row(wholeNumberOrOff(0, 65535), 9464, "LOOPSCOPE_PORT"),
  host: row(text(), "127.0.0.1", "LOOPSCOPE_HOST"),
  token: row(token(), null, "LOOPSCOPE_TOKEN"),
  blockThresholdMs: row(wholeNumber(5, 60_000), 50, "LOOPSCOPE_BLOCK_THRESHOLD_MS"),
  log: row(oneOf(["off", "text", "json"]), "off", "LOOPSCOPE_LOG"),
  logLimit: row(wholeNumber(1, 1000), 20, "LOOPSCOPE_LOG_LIMIT"),
  maxBlocks: row(wholeNumber(1, 10_000), 200, "LOOPSCOPE_MAX_BLOCKS"),
  maxRoutes: row(wholeNumber(1, 10_000), 200, "LOOPSCOPE_MAX_ROUTES"),
  maxBlockers: row(wholeNumber(1, 10_000), 200, "LOOPSCOPE_MAX_BLOCKERS"),
  latencyObjectivesMs: row(numberList(1, 600_000, 10), [], "LOOPSCOPE_LATENCY_OBJECTIVES_MS"),
  mergeIntoRegistry: row(onOff(), false, "LOOPSCOPE_MERGE_INTO_REGISTRY"),
  serviceName: row(optionalText(), null, "LOOPSCOPE_SERVICE_NAME", "OTEL_SERVICE_NAME"),
  wrapNatives: row(onOff(), true, "LOOPSCOPE_WRAP_NATIVES"),
  instrumentLibraries: row(onOff(), true, "LOOPSCOPE_INSTRUMENT_LIBRARIES"),
  requestContext: row(oneOf(["auto", "always", "off"]), "auto", "LOOPSCOPE_REQUEST_CONTEXT"),
  sourceMaps: row(onOff(), true, "LOOPSCOPE_SOURCE_MAPS"),
  unhealthyAfterMs: row(wholeNumber(100, 3_600_000), 10_000, "LOOPSCOPE_UNHEALTHY_AFTER_MS"),
  failOnBlockMs: row(wholeNumberOrOff(5, 60_000), null, "LOOPSCOPE_FAIL_ON_BLOCK_MS"),
  allowBlocking: row(textList(), [], "LOOPSCOPE_ALLOW_BLOCKING"),
  announceDir: row(optionalText(), null, "LOOPSCOPE_ANNOUNCE_DIR"),
  otlpEndpoint: row(optionalUrl(), null, "OTEL_EXPORTER_OTLP_ENDPOINT"),
  metricsExporters: row(textList(), ["otlp"], "OTEL_METRICS_EXPORTER"),
  logsExporters: row(textList(), ["otlp"], "OTEL_LOGS_EXPORTER"),
  resourceAttributes: row(textList(), [], "OTEL_RESOURCE_ATTRIBUTES"),
  otlpHeaders: row(textList(), [], "OTEL_EXPORTER_OTLP_HEADERS"),
  otlpIntervalMs: row(wholeNumber(100, 3_600_000), 60_000, "OTEL_METRIC_EXPORT_INTERVAL"),
};

function token(): OptionRule<string | null> {
  return {
    rule: "a text of at least 16 characters",
    parse: (raw) => {
      if (raw === null) return null;
      return typeof raw === "string" && raw.trim().length >= 16 ? raw.trim() : undefined;
    },
  };
}
