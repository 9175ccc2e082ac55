/** Colours as Grafana takes them from a panel: fixed ones, thresholds, and the worst standing out. */
import type { GrafanaOverride, GrafanaThreshold } from "./grafana-json.js";

/** Ends and middle of Grafana's `continuous-BlYlRd`. */
const SCALE = [
  [82, 118, 199],
  [230, 190, 60],
  [213, 64, 43],
] as const;

/** @param share where a series' largest value stands between 0 and the panel's largest. */
export function colourOfShare(share: number): string {
  const position = Math.min(1, Math.max(0, share)) * (SCALE.length - 1);
  const lower = Math.min(SCALE.length - 2, Math.floor(position));
  const [from, to] = [SCALE[lower], SCALE[lower + 1]];
  const part = position - lower;
  const channels = [0, 1, 2].map((index) => {
    const start = from?.[index] ?? 0;
    return Math.round(start + ((to?.[index] ?? 0) - start) * part);
  });
  return `rgb(${channels.join(", ")})`;
}

export function colourOfThreshold(value: number, steps: readonly GrafanaThreshold[] | undefined): string {
  let colour = "#0072B2";
  for (const step of steps ?? []) if (step.value === null || value >= step.value) colour = step.color;
  return colour;
}

/** Properties that an override gives to the series of one query. */
export function overriddenBy(
  overrides: readonly GrafanaOverride[],
  refId: string,
): ReadonlyMap<string, unknown> {
  return new Map(
    overrides
      .filter(({ matcher }) => matcher.id === "byFrameRefID" && matcher.options === refId)
      .flatMap(({ properties }) => properties.map(({ id, value }) => [id, value] as const)),
  );
}
