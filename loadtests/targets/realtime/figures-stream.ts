import { type Alert, currentAlerts } from "./alert-rules.js";
import type { ServiceFigures } from "./service-figures.js";

/** What a subscriber gets once a second. */
export interface FiguresMessage {
  readonly type: "figures";
  readonly figures: ServiceFigures;
  readonly alerts: readonly Alert[];
}

export const FIGURES_INTERVAL_MS = 1_000;

/** Runs while somebody watches: begins with the first subscriber, ends with the last. */
export class FiguresStream {
  readonly #read: () => ServiceFigures | null;
  readonly #subscribers = new Set<(message: FiguresMessage) => void>();
  #timer: NodeJS.Timeout | undefined;
  #alerts: readonly Alert[] = [];

  constructor(read: () => ServiceFigures | null) {
    this.#read = read;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** @returns ends the subscription. */
  subscribe(receive: (message: FiguresMessage) => void): () => void {
    this.#subscribers.add(receive);
    this.#timer ??= setInterval(() => this.#tell(), FIGURES_INTERVAL_MS);
    return () => {
      this.#subscribers.delete(receive);
      if (this.#subscribers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#alerts = [];
    };
  }

  #tell(): void {
    const figures = this.#read();
    if (figures === null) return;
    this.#alerts = currentAlerts(figures, this.#alerts);
    const message: FiguresMessage = { type: "figures", figures, alerts: this.#alerts };
    for (const receive of this.#subscribers) receive(message);
  }
}
