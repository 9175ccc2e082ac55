/** Which statuses count as a success: k6's `responseCallback`. */

export type ExpectedStatuses = ((status: number) => boolean) | null;

const callbacks = new WeakSet<(status: number) => boolean>();

export const DEFAULT_EXPECTED: ExpectedStatuses = (status) => status >= 200 && status < 400;

/** `http.expectedStatuses(200, { min: 300, max: 310 })` */
export function expectedStatuses(...stated: unknown[]): (status: number) => boolean {
  const ranges = stated.map((one) => {
    if (typeof one === "number" && Number.isInteger(one)) return { min: one, max: one };
    const { min, max } = (one ?? {}) as { min?: unknown; max?: unknown };
    if (typeof min === "number" && typeof max === "number") return { min, max };
    throw new TypeError(`expectedStatuses takes whole numbers and { min, max }, got ${JSON.stringify(one)}`);
  });
  if (ranges.length === 0) throw new TypeError("expectedStatuses needs at least one status");
  const callback = (status: number) => ranges.some(({ min, max }) => status >= min && status <= max);
  callbacks.add(callback);
  return callback;
}

/** @param value what `expectedStatuses` gave, or null for no http_req_failed at all */
export function readResponseCallback(value: unknown): ExpectedStatuses {
  if (value === null) return null;
  if (typeof value === "function" && callbacks.has(value as (status: number) => boolean)) {
    return value as (status: number) => boolean;
  }
  throw new TypeError("a response callback must be made by http.expectedStatuses(), or be null");
}
