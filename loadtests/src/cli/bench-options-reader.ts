/** From `bench`'s command line, which is autocannon's, to what its threads are told. */

import { readFile } from "node:fs/promises";
import type { BenchOptions, BenchRequest } from "../engine/autocannon/bench-options.js";
import type { ThresholdDeclaration } from "../engine/engine.js";
import { LoopscopeError } from "../loopscope-error.js";
import type { OptionDefinition, ParsedOptions } from "./command-options.js";
import { durationMs, wholeNumber } from "./option-values.js";

const MAX_CONNECTIONS = 20_000;
const MAX_WORKERS = 256;

/** Names and letters are autocannon's where it has the option. */
export const BENCH_OPTIONS: readonly OptionDefinition[] = [
  { name: "connections", short: "c", value: "N", description: "Connections in all. Default: 10." },
  { name: "duration", short: "d", value: "SECONDS", description: "Length of the measurement. Default: 10." },
  { name: "amount", short: "a", value: "N", description: "Requests in all, in place of a duration." },
  {
    name: "pipelining",
    short: "p",
    value: "N",
    description: "Requests in flight on a connection. Default: 1.",
  },
  {
    name: "workers",
    short: "w",
    value: "N",
    description: "Threads that send; connections are divided. Default: 1.",
  },
  { name: "warmup", short: "W", value: "SECONDS", description: "Load before the measurement, not counted." },
  {
    name: "timeout",
    short: "t",
    value: "SECONDS",
    description: "Gives up a request after this. Default: 10.",
  },
  { name: "method", short: "m", value: "METHOD", description: "HTTP method. Default: GET." },
  { name: "headers", short: "H", value: "K=V", multiple: true, description: "Header as K=V or K: V." },
  { name: "body", short: "b", value: "TEXT", description: "Body of each request." },
  { name: "input", short: "i", value: "FILE", description: "Body of each request, from a file." },
  {
    name: "expectBody",
    short: "E",
    value: "TEXT",
    description: "An answer with any other body is a failure.",
  },
  {
    name: "requests",
    value: "FILE",
    description: "JSON list of { method, path, headers, body }, sent in turn on each connection.",
  },
  { name: "har", value: "FILE", description: "HTTP archive whose requests are sent in turn." },
  { name: "idReplacement", short: "I", description: "Replaces [<id>] in URL and body by a fresh id." },
  { name: "reconnectRate", short: "D", value: "N", description: "Opens a new connection after N requests." },
  { name: "socketPath", short: "S", value: "PATH", description: "Unix socket or Windows pipe to send to." },
  { name: "servername", short: "s", value: "NAME", description: "Server name for TLS (SNI)." },
  { name: "overallRate", short: "R", value: "N", description: "Refused: see `loopscope run --rate`." },
  { name: "connectionRate", short: "r", value: "N", description: "Refused: see `loopscope run --rate`." },
  {
    name: "threshold",
    value: "TEXT",
    multiple: true,
    description:
      'A metric and what must hold of it: "http_req_duration p(95)<250", "target_blocks count==0".',
  },
];

/**
 * @param url absolute. @param level connections, in place of `--connections`: for a caller that varies them.
 * @throws LoopscopeError for the first option that is wrong.
 */
export async function readBenchOptions(
  options: ParsedOptions,
  url: string,
  level?: number,
): Promise<BenchOptions> {
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const text = options.text(name);
    return text === undefined ? fallback : wholeNumber(`--${name}`, text, least, most);
  };
  const span = (name: string): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : durationMs(`--${name}`, text, 1000);
  };
  const connections = level ?? number("connections", 10, 1, MAX_CONNECTIONS);
  const workers = number("workers", 1, 1, MAX_WORKERS);
  const amount = options.text("amount") === undefined ? null : number("amount", 1, 1, 1e12);
  refuseContradictions(options, connections, workers, amount);
  return {
    url,
    connections,
    workers,
    amount,
    pipelining: number("pipelining", 1, 1, 10_000),
    durationMs: amount === null ? (span("duration") ?? 10_000) : null,
    warmupMs: span("warmup") ?? 0,
    timeoutMs: span("timeout") ?? 10_000,
    method: (options.text("method") ?? "GET").toUpperCase(),
    headers: readHeaders(options.texts("headers")),
    body: await readBody(options),
    requests: await readRequests(options.text("requests")),
    har: await readHar(options.text("har")),
    expectBody: options.text("expectBody") ?? null,
    idReplacement: options.has("idReplacement"),
    reconnectRate: number("reconnectRate", 0, 1, 1e9),
    socketPath: options.text("socketPath") ?? null,
    servername: options.text("servername") ?? null,
  };
}

export function readThresholds(texts: readonly string[]): readonly ThresholdDeclaration[] {
  return texts.map((text) => {
    const separator = text.trim().indexOf(" ");
    if (separator === -1) {
      throw new LoopscopeError(
        "INVALID_THRESHOLD",
        `--threshold must be a metric, a space and an expression like "http_req_duration p(95)<250", got "${text}".`,
      );
    }
    return {
      metric: text.trim().slice(0, separator),
      expression: text.trim().slice(separator + 1),
      abortOnFail: false,
      delayAbortEvalMs: 0,
    };
  });
}

function refuseContradictions(
  options: ParsedOptions,
  connections: number,
  workers: number,
  amount: number | null,
): void {
  const refuse = (message: string): never => {
    throw new LoopscopeError("INVALID_OPTION", message);
  };
  if (amount !== null && options.has("duration")) refuse("--amount and --duration exclude each other.");
  if (amount !== null && options.has("warmup")) refuse("--warmup needs a --duration, not an --amount.");
  if (amount !== null && amount < connections) {
    refuse(`--amount must be at least --connections (${connections}), got "${amount}".`);
  }
  if (workers > connections) {
    refuse(`--workers must be at most --connections (${connections}), got "${workers}".`);
  }
  if (options.has("body") && options.has("input")) refuse("--body and --input exclude each other.");
  if (options.has("har") && options.has("requests")) refuse("--har and --requests exclude each other.");
}

function readHeaders(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const match = /^([^:=\s]+)\s*[:=]\s*(.*)$/.exec(text);
    if (match === null) {
      throw new LoopscopeError(
        "INVALID_OPTION",
        `--headers must be NAME=VALUE or NAME: VALUE, got "${text}".`,
      );
    }
    headers[match[1] ?? ""] = match[2] ?? "";
  }
  return headers;
}

async function readBody(options: ParsedOptions): Promise<string | null> {
  const file = options.text("input");
  return file === undefined ? (options.text("body") ?? null) : await readText("--input", file);
}

async function readRequests(file: string | undefined): Promise<readonly BenchRequest[] | null> {
  if (file === undefined) return null;
  const requests = await readJson("--requests", file);
  const isRequest = (value: unknown): boolean => typeof value === "object" && value !== null;
  if (!Array.isArray(requests) || requests.length === 0 || !requests.every(isRequest)) {
    throw new LoopscopeError(
      "INVALID_OPTION",
      `--requests must name a JSON list of { method, path, headers, body }, ${file} holds something else.`,
    );
  }
  return requests as BenchRequest[];
}

async function readHar(file: string | undefined): Promise<object | null> {
  if (file === undefined) return null;
  return (await readJson("--har", file)) as object;
}

async function readJson(option: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readText(option, file));
  } catch (error) {
    if (error instanceof LoopscopeError) throw error;
    throw new LoopscopeError("INVALID_OPTION", `${option} must name a JSON file, ${file} is none.`);
  }
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoopscopeError("INVALID_OPTION", `${option} cannot be read: ${reason}.`);
  }
}
