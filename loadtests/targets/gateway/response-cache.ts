import { epochMs } from "../../src/clock.js";
import type { GatewayStore, StoredResponse } from "./gateway-store.js";

export interface CacheSettings {
  /** How long a response is as good as new, milliseconds. */
  readonly freshMs: number;
  /** How long after that it is better than an error, milliseconds. */
  readonly staleMs: number;
  /**
   * Callers that miss the same entry at the same time share one call; false is the fault `cache-
   * stampede`.
   */
  readonly shareMisses: boolean;
}

export type CacheAnswer =
  | { readonly kind: "hit" | "stale"; readonly response: StoredResponse; readonly ageSeconds: number }
  /** Nobody has it: the caller asks the upstream and says how that ended, for those who wait for it. */
  | { readonly kind: "miss"; readonly fill: CacheFill; readonly stale: StoredResponse | null };

export interface CacheFill {
  /** Keeps the response and gives it to everyone who waited for it. */
  keep(response: StoredResponse): Promise<void>;
  /** There is nothing to share: those who waited ask for themselves. Harmless after `keep`. */
  giveUp(): void;
}

/** Answers of GET requests, kept in the store, with one call for all who miss at once. */
export class ResponseCache {
  readonly counts = { hit: 0, miss: 0, stale: 0, shared: 0 };
  readonly #store: GatewayStore;
  readonly #settings: CacheSettings;
  readonly #filling = new Map<string, Promise<StoredResponse | null>>();

  constructor(store: GatewayStore, settings: CacheSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  async look(key: string): Promise<CacheAnswer> {
    // A store that is down is a cache that has nothing.
    const stored = await this.#store.findResponse(key).catch(() => null);
    const ageMs = stored === null ? 0 : epochMs() - stored.storedAt;
    if (stored !== null && ageMs <= this.#settings.freshMs) {
      this.counts.hit += 1;
      return { kind: "hit", response: stored, ageSeconds: Math.floor(ageMs / 1000) };
    }
    const filling = this.#settings.shareMisses ? this.#filling.get(key) : undefined;
    if (filling !== undefined) {
      const shared = await filling;
      if (shared !== null) {
        this.counts.shared += 1;
        return { kind: "hit", response: shared, ageSeconds: 0 };
      }
    }
    this.counts.miss += 1;
    return { kind: "miss", fill: this.#beginFill(key), stale: stored };
  }

  /** The upstream failed, and what it said some time ago is better than nothing. */
  serveStale(response: StoredResponse): Exclude<CacheAnswer, { kind: "miss" }> {
    this.counts.stale += 1;
    return { kind: "stale", response, ageSeconds: Math.floor((epochMs() - response.storedAt) / 1000) };
  }

  #beginFill(key: string): CacheFill {
    let finish: (response: StoredResponse | null) => void = () => undefined;
    const filling = new Promise<StoredResponse | null>((resolve) => {
      finish = resolve;
    });
    this.#filling.set(key, filling);
    const end = (response: StoredResponse | null) => {
      if (this.#filling.get(key) === filling) this.#filling.delete(key);
      finish(response);
    };
    return {
      keep: async (response) => {
        const keepMs = this.#settings.freshMs + this.#settings.staleMs;
        // Kept before the others are told: whoever comes after them must find it.
        await this.#store.keepResponse(key, response, keepMs).catch((error: unknown) => {
          console.error(`a response could not be cached: ${String(error)}`);
        });
        end(response);
      },
      giveUp: () => end(null),
    };
  }
}

/** @returns whether an answer may be given to other clients than the one it was made for. */
export function isShareable(status: number, headers: Readonly<Record<string, string | string[]>>): boolean {
  const cacheControl = String(headers["cache-control"] ?? "");
  if (/no-store|no-cache|private/i.test(cacheControl)) return false;
  return status === 200 && headers["set-cookie"] === undefined && headers.vary === undefined;
}
