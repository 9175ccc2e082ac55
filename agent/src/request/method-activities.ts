/** How many requests of each method are being answered. */

/** The requests of one method. */
export interface MethodActivity {
  readonly method: string;
  active: number;
}

export class MethodActivities {
  readonly #byMethod = new Map<string, MethodActivity>();

  /** One object for all requests of the method: what counts it needs no lookup. */
  of(method: string): MethodActivity {
    const seen = this.#byMethod.get(method);
    if (seen !== undefined) return seen;
    const known = knownMethod(method);
    if (known !== method) return this.of(known);
    const created = { method, active: 0 };
    this.#byMethod.set(method, created);
    return created;
  }

  all(): Iterable<MethodActivity> {
    return this.#byMethod.values();
  }
}

/** The methods that the HTTP conventions know; any other is `_OTHER`, so that a client cannot invent labels. */
const KNOWN_METHODS = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

export function knownMethod(method: string | undefined): string {
  return method !== undefined && KNOWN_METHODS.has(method) ? method : "_OTHER";
}
