/** Where the endpoint gets what it shows: from one process, or from all of a cluster. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { BlocksDocument, OpenBlock } from "../catalog/block";
import { EVENTLOOP_METRICS } from "../catalog/eventloop-metrics";
import type { MetricSamples } from "../quantiles/metric-samples";
import type { MainAnswer, MainRequest } from "./main-request";

/** How long a scrape waits for the main thread before it shows what was known last. */
const PATIENCE_MS = 800;

export interface EndpointSource {
  /** Resolves when the main thread answers: not before a block there has ended. */
  askMain(request: MainRequest): Promise<MainAnswer>;
  /**
   * All metrics. While the main thread is blocked: those of the time before, and the age of the block.
   *
   * @param distributions whether with what percentiles are read off.
   */
  metrics(distributions: boolean): Promise<readonly MetricSamples[]>;
  /** The current frame, or why there is none. */
  snapshot(): Promise<MainAnswer>;
  /** With the blocks that last right now, the longest first. */
  blocks(): Promise<BlocksDocument>;
  /** Frames are read on `/stream` from now on, or by nobody any more. */
  onAudience(present: boolean): void;
  /** This process alone. */
  own(): EndpointSource;
  /** Answers for another process of the cluster, when the request names one (`?pid=`); false when it does not. */
  forward(request: IncomingMessage, response: ServerResponse): boolean;
}

/** What the agent's thread knows of its own process. */
export interface ProcessFacts {
  askMain(request: MainRequest): Promise<MainAnswer>;
  blocks(): BlocksDocument;
  /** The block that lasts right now, or null. */
  openBlock(): OpenBlock | null;
  onAudience(present: boolean): void;
}

export function processSource(facts: ProcessFacts): EndpointSource {
  const plain = new LatestMetrics(facts, false);
  const withDistributions = new LatestMetrics(facts, true);
  const source: EndpointSource = {
    askMain: (request) => facts.askMain(request),
    metrics: async (distributions) => {
      const metrics = await (distributions ? withDistributions : plain).read();
      return withOpenBlock(metrics, facts.openBlock());
    },
    snapshot: () => facts.askMain({ type: "snapshot" }),
    blocks: () => Promise.resolve(facts.blocks()),
    onAudience: (present) => facts.onAudience(present),
    own: () => source,
    forward: () => false,
  };
  return source;
}

class LatestMetrics {
  readonly #facts: ProcessFacts;
  readonly #distributions: boolean;
  #known: readonly MetricSamples[] = [];
  #asking: Promise<void> | null = null;

  constructor(facts: ProcessFacts, distributions: boolean) {
    this.#facts = facts;
    this.#distributions = distributions;
  }

  async read(): Promise<readonly MetricSamples[]> {
    // Scrapers at the same time, and those that gave up waiting, share one question.
    this.#asking ??= this.#ask();
    await withPatience(this.#asking, PATIENCE_MS);
    return this.#known;
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.#facts.askMain({ type: "metrics", distributions: this.#distributions });
      if (answer.type === "metrics") this.#known = answer.metrics;
    } finally {
      this.#asking = null;
    }
  }
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
