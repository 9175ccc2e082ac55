/** Finds the programs that some tests need, and asks a running Prometheus. */
import { findOnPath } from "../src/config/stack-environment.js";

/** PROMETHEUS and PROMTOOL name other ones than those on PATH. */
export const prometheusProgram = process.env.PROMETHEUS ?? findOnPath("prometheus", process.env.PATH ?? "");
export const promtoolProgram = process.env.PROMTOOL ?? findOnPath("promtool", process.env.PATH ?? "");

export const WITHOUT_PROMETHEUS =
  prometheusProgram === null ? "Prometheus is not installed: nothing was queried" : false;
export const WITHOUT_PROMTOOL =
  promtoolProgram === null ? "promtool is not installed: no rule was tested" : false;

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly Series[] };
}

/** @throws Error with Prometheus' own words. */
export async function instantQuery(url: string, query: string): Promise<readonly Series[]> {
  return ask(url, "query", { query });
}

export async function rangeQuery(
  url: string,
  query: string,
  range: { readonly startSeconds: number; readonly endSeconds: number; readonly stepSeconds: number },
): Promise<readonly Series[]> {
  return ask(url, "query_range", {
    query,
    start: String(range.startSeconds),
    end: String(range.endSeconds),
    step: String(range.stepSeconds),
  });
}

async function ask(
  url: string,
  path: string,
  parameters: Record<string, string>,
): Promise<readonly Series[]> {
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const body = (await answer.json()) as Answer;
  if (body.status !== "success") throw new Error(`${parameters.query}: ${body.error}`);
  return body.data.result;
}

/** A panel's expression as Grafana sends it while every variable is at "All". */
export function withAllChosen(expression: string, rateSeconds: number, rangeSeconds: number): string {
  return expression
    .replaceAll("$__rate_interval", `${rateSeconds}s`)
    .replaceAll("$__range", `${rangeSeconds}s`)
    .replaceAll("$latency_threshold", "0.25")
    .replaceAll(/"\$(job|instance)"/g, '".+"')
    .replaceAll(/"\$(service|route|queue|pool|testid)"/g, '".*"');
}
