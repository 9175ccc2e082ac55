import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenBlock } from "../catalog/block";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import type { MetricSamples } from "../quantiles/metric-samples";
import { chooseFormat } from "./content-negotiation";
import type { EndpointSource } from "./endpoint-server";

/** How long a scrape waits for the main thread before it shows what was known last. */
const PATIENCE_MS = 800;

export interface MetricsPage {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** While the main thread is blocked a scrape shows the samples of the one before, and the age of the block. */
export function createMetricsPage(source: EndpointSource): MetricsPage {
  let known: readonly MetricSamples[] = [];
  let asking: Promise<void> | null = null;

  function ask(): Promise<void> {
    // Scrapers at the same time, and those that gave up waiting, share one question.
    asking ??= source
      .askMain({ type: "metrics" })
      .then((answer) => {
        if (answer.type === "metrics") known = answer.metrics;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  }

  return {
    answer: async (request, response) => {
      await withPatience(ask(), PATIENCE_MS);
      const metrics = withOpenBlock(known, source.openBlock());
      // prom-client is 5 MB of memory with what it loads: only who scrapes pays.
      const { renderExposition } =
        require("./prometheus-exposition") as typeof import("./prometheus-exposition");
      const { contentType, text } = await renderExposition(metrics, chooseFormat(request.headers.accept));
      response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" });
      response.end(text);
    },
  };
}

function withOpenBlock(metrics: readonly MetricSamples[], open: OpenBlock | null): readonly MetricSamples[] {
  const { name } = EVENTLOOP_METRICS.openBlockAge;
  const value = open === null ? 0 : open.ageMs / 1000;
  return [...metrics.filter((metric) => metric.name !== name), { name, samples: [{ labels: [], value }] }];
}

/** Resolves when `promise` does or when the time is up; rejects only before that. */
function withPatience(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
