/** What worker threads of the application tell the agent's thread, past the main thread, which may be blocked. */
import { BroadcastChannel } from "node:worker_threads";
import type { BlockReport } from "./eventloop/block-report";

/** It stays within the process. */
const REPORTS_CHANNEL = "loopscope.reports";

export type WorkerMessage =
  | { readonly report: BlockReport }
  | { readonly file: string; readonly payload: unknown };

/** Receives what worker threads tell, in the agent's thread. Keeps no thread alive. */
export function receiveWorkerReports(
  onReport: (report: BlockReport) => void,
  onSourceMap: (file: string, payload: unknown) => void,
): void {
  openReportsChannel().onmessage = (event: unknown) => {
    const message = (event as { readonly data: WorkerMessage }).data;
    if ("report" in message) onReport(message.report);
    else onSourceMap(message.file, message.payload);
  };
}

export function openReportsChannel(): BroadcastChannel {
  const channel = new BroadcastChannel(REPORTS_CHANNEL);
  channel.unref();
  return channel;
}
