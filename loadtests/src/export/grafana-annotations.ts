/** Marks a run in Grafana, from its start to its end, by the interface that versions 5 to 13 share. */
import type { GrafanaSettings } from "./export-settings.js";
import { failureReason } from "./failure-reason.js";

/** Dashboards look for annotations by this tag. */
export const RUN_TAG = "loopscope-run";
const CALL_TIMEOUT_MS = 5000;

export class GrafanaAnnotation {
  readonly #settings: GrafanaSettings;
  readonly #testId: string;
  readonly #say: (line: string) => void;
  #begun: Promise<number | null> = Promise.resolve(null);

  constructor(settings: GrafanaSettings, testId: string, say: (line: string) => void) {
    this.#settings = settings;
    this.#testId = testId;
    this.#say = say;
  }

  begin(atMs: number, text: string): void {
    this.#begun = this.#call("POST", "/api/annotations", {
      time: Math.round(atMs),
      tags: [RUN_TAG, `testid:${this.#testId}`],
      text,
    });
  }

  /** Makes a region of the mark. */
  async finish(atMs: number, text: string): Promise<void> {
    const id = await this.#begun;
    if (id === null) return;
    await this.#call("PATCH", `/api/annotations/${id}`, { timeEnd: Math.round(atMs), text });
  }

  /** @returns the annotation's number, or null where there is none. */
  async #call(method: "POST" | "PATCH", path: string, body: object): Promise<number | null> {
    try {
      const answer = await fetch(new URL(path, this.#settings.url), {
        method,
        headers: { "content-type": "application/json", authorization: `Bearer ${this.#settings.token}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${(await answer.text()).slice(0, 300)}`);
      const { id } = (await answer.json()) as { id?: number };
      return id ?? null;
    } catch (error) {
      this.#say(`the run could not be marked in Grafana at ${this.#settings.url}: ${failureReason(error)}`);
      return null;
    }
  }
}
