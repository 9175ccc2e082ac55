/** Samples to Prometheus or OpenMetrics text, by prom-client. Runs in the agent's thread. */

import { Registry, type RegistryContentType } from "prom-client";
import type { MetricSamples } from "../quantiles/metric-samples";
import type { ExpositionFormat } from "./content-negotiation";
import { definitionByName } from "./definition-by-name";
import { registryMetric } from "./registry-metric";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** @param metrics of the catalogue's names; unknown names are left out. */
export async function renderExposition(
  metrics: readonly MetricSamples[],
  format: ExpositionFormat,
): Promise<Exposition> {
  const registry = new Registry<RegistryContentType>();
  if (format === "openmetrics") registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, samples } of metrics) {
    const definition = definitionByName(name);
    if (definition === undefined || samples.length === 0) continue;
    registry.registerMetric(registryMetric(definition, () => samples) as unknown as PromMetric);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

type PromMetric = Parameters<Registry["registerMetric"]>[0];
