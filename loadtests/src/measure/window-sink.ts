import type { MetricSink, SinkSnapshot } from "./metric-sinks.js";

/**
 * What a metric gathered in its latest seconds: a sink for each second, so that memory is bounded by the
 * window and not by the load. The window is the second that runs and the whole ones before it.
 */
export class WindowSink {
  /** Of the window, at least 1. */
  readonly seconds: number;
  readonly #create: () => MetricSink;
  readonly #elapsedSeconds: () => number;
  readonly #slots: { readonly second: number; readonly sink: MetricSink }[] = [];

  /** @param seconds whole seconds of the window, at least 1. @param elapsedSeconds since the load started. */
  constructor(seconds: number, create: () => MetricSink, elapsedSeconds: () => number) {
    this.seconds = seconds;
    this.#create = create;
    this.#elapsedSeconds = elapsedSeconds;
  }

  add(value: number): void {
    this.#sinkAt(Math.floor(this.#elapsedSeconds())).add(value);
  }

  /** Adds what was gathered elsewhere. @param atSeconds when, since the load started */
  addSnapshot(gathered: SinkSnapshot, atSeconds: number): void {
    this.#sinkAt(Math.max(0, Math.floor(atSeconds))).addSnapshot(gathered);
  }

  /** The window as it stands: gathered anew, so ask once for all figures. */
  latest(): MetricSink {
    const from = Math.floor(this.#elapsedSeconds()) - this.seconds;
    const merged = this.#create();
    const slots = this.#slots.filter((slot) => slot !== undefined && slot.second >= from);
    for (const { sink } of slots.sort((a, b) => a.second - b.second)) merged.addSnapshot(sink.snapshot());
    return merged;
  }

  #sinkAt(second: number): MetricSink {
    const at = second % (this.seconds + 1);
    let slot = this.#slots[at];
    if (slot?.second !== second) {
      slot = { second, sink: this.#create() };
      this.#slots[at] = slot;
    }
    return slot.sink;
  }
}
