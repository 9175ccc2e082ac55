import type { RunDocument } from "./run-document.js";

/**
 * From which moment the latencies of a run count. k6 knows a timetable, too, but reports what it measured
 * from the send on.
 */
export function countsFromDueTime({ client, engine }: RunDocument): boolean {
  return client.model === "open" && engine !== "k6";
}
