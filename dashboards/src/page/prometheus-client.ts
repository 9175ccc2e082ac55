/** Asks Prometheus, through the server that the page came from. */

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since the epoch, and what was there. */
  readonly points: readonly (readonly [number, number])[];
}

export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** @throws Error with Prometheus' own words. */
export async function queryRange(query: string, range: TimeRange): Promise<readonly Series[]> {
  return ask("query_range", {
    query,
    start: String(range.startSeconds),
    end: String(range.endSeconds),
    step: String(range.stepSeconds),
  });
}

export async function queryInstant(query: string, atSeconds: number): Promise<readonly Series[]> {
  return ask("query", { query, time: String(atSeconds) });
}

async function ask(path: string, parameters: Record<string, string>): Promise<readonly Series[]> {
  const response = await fetch(`/api/v1/${path}`, {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const answer = (await response.json()) as Answer;
  if (answer.status !== "success") throw new Error(answer.error ?? "Prometheus gave no answer");
  return answer.data.result.map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value === undefined ? [] : [value])).map(([at, text]) => [at, Number(text)] as const),
  }));
}
