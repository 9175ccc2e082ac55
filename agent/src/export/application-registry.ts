/** The agent's metrics among the application's own, in the application's registry. */

import { ownExport } from "../method-wrapping";
import type { HookedPackage, ModuleExports } from "../module-hooks";
import type { MetricSamples } from "../quantiles/metric-samples";
import { ALL_DEFINITIONS } from "./definition-by-name";
import { type RegistryMetric, registryMetric } from "./registry-metric";

/** What registries of prom-client (14, 15) and of @prometheus-io/client (0.16) have in common. */
export interface MetricRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

interface OpenRegistry {
  registerMetric(metric: { readonly name: string }): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** Puts the metrics into the application's registries, each once, and takes them out again. */
export class ApplicationRegistries {
  readonly #collect: () => Promise<readonly MetricSamples[]>;
  readonly #leave = new Map<object, () => void>();
  #collecting: Promise<ReadonlyMap<string, MetricSamples>> | null = null;

  /** @param collect reads all metrics; called once a scrape, however many metrics that asks for. */
  constructor(collect: () => Promise<readonly MetricSamples[]>) {
    this.#collect = collect;
  }

  /**
   * Metrics that the application has under the same name stay its own, also those that it registers later:
   * what `collectDefaultMetrics` of either library finds taken would otherwise throw in the application.
   *
   * @returns takes them out again.
   * @throws TypeError for what is no registry.
   */
  mergeInto(registry: MetricRegistry): () => void {
    const open = registry as unknown as OpenRegistry;
    if (!isRegistry(open))
      throw new TypeError("the registry must be one of prom-client or @prometheus-io/client");
    const known = this.#leave.get(registry);
    if (known !== undefined) return known;
    const leave = enter(open, (name) => this.#samplesOf(name));
    this.#leave.set(registry, leave);
    return () => {
      if (this.#leave.delete(registry)) leave();
    };
  }

  /** Finds the registry that a library's metrics are in unless the application says otherwise. */
  hooks(): readonly HookedPackage[] {
    const install = (exports: ModuleExports): void => {
      const registry = ownExport(exports, "register") as OpenRegistry | undefined;
      if (registry !== undefined && isRegistry(registry))
        this.mergeInto(registry as unknown as MetricRegistry);
    };
    return [
      { packageName: "prom-client", hook: () => ({ majors: [14, 15], install }) },
      { packageName: "@prometheus-io/client", hook: () => ({ majors: [0], install }) },
    ];
  }

  stop(): void {
    for (const leave of this.#leave.values()) leave();
    this.#leave.clear();
  }

  async #samplesOf(name: string): Promise<MetricSamples["samples"]> {
    this.#collecting ??= this.#collectByName();
    return (await this.#collecting).get(name)?.samples ?? [];
  }

  async #collectByName(): Promise<ReadonlyMap<string, MetricSamples>> {
    try {
      const metrics = await this.#collect();
      return new Map(metrics.map((metric) => [metric.name, metric]));
    } finally {
      this.#collecting = null;
    }
  }
}

function enter(
  registry: OpenRegistry,
  read: (name: string) => Promise<MetricSamples["samples"]>,
): () => void {
  const ours = new Map<string, RegistryMetric>();
  for (const definition of ALL_DEFINITIONS) {
    if (registry.getSingleMetric(definition.name) !== undefined) continue;
    const metric = registryMetric(definition, () => read(definition.name));
    ours.set(definition.name, metric);
    registry.registerMetric(metric);
  }
  const isOurs = (name: string) => ours.has(name) && registry.getSingleMetric(name) === ours.get(name);
  const giveWay = function (this: OpenRegistry, metric: { readonly name: string }): void {
    if (isOurs(metric.name) && ours.get(metric.name) !== metric) registry.removeSingleMetric(metric.name);
    original.call(this, metric);
  };
  const original = registry.registerMetric;
  registry.registerMetric = giveWay;
  return () => {
    // Somebody else may have wrapped it since: then ours stays, and does nothing.
    if (registry.registerMetric === giveWay) registry.registerMetric = original;
    for (const name of ours.keys()) if (isOurs(name)) registry.removeSingleMetric(name);
    ours.clear();
  };
}

function isRegistry(value: Partial<OpenRegistry> | null): value is OpenRegistry {
  return (
    typeof value?.registerMetric === "function" &&
    typeof value.getSingleMetric === "function" &&
    typeof value.removeSingleMetric === "function"
  );
}
