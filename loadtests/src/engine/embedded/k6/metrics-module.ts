/** `k6/metrics` for one virtual user: custom metrics, shared by name with every other. */

import type { MetricType } from "../../../measure/metric.js";
import type { Metric } from "../../../measure/metric-parts.js";
import type { VirtualUser } from "../run/virtual-user.js";
import { textTags } from "./core-module.js";

export function createMetricsModule(user: VirtualUser): Readonly<Record<string, unknown>> {
  return {
    Counter: metricClass(user, "counter"),
    Gauge: metricClass(user, "gauge"),
    Rate: metricClass(user, "rate"),
    Trend: metricClass(user, "trend"),
  };
}

function metricClass(user: VirtualUser, type: MetricType) {
  return class {
    readonly name: string;
    readonly #metric: Metric;

    constructor(name: unknown, isTime?: unknown) {
      this.name = String(name);
      if (user.stage !== "init") throw new Error("metrics must be declared in the init code");
      if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(this.name)) {
        throw new Error(
          `invalid metric name ${JSON.stringify(this.name)}: letters, digits and _ only, 128 at most, not beginning with a digit`,
        );
      }
      this.#metric = user.run.metrics.declare(this.name, type, isTime === true ? "time" : "default");
    }

    add(value: unknown, tags?: unknown): boolean {
      if (user.stage === "init") throw new Error("metrics cannot be added to in the init code");
      const number = typeof value === "boolean" ? Number(value) : Number.parseFloat(String(value));
      if (!Number.isFinite(number)) {
        throw new TypeError(
          `${this.name}.add() needs a number, got ${JSON.stringify(value) ?? String(value)}`,
        );
      }
      const metric = this.#metric;
      metric.add(number, metric.parts.length === 0 ? {} : user.sampleTags(textTags(tags)));
      return true;
    }
  };
}
