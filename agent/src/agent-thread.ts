/**
 * The agent's own thread: the watchdog and the HTTP endpoint, which go on while the application is blocked.
 * Started by agent-thread-host.ts; nothing imports it.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { AgentThreadData, MessageToMain, MessageToThread } from "./agent-messages";
import { AnnouncementFile } from "./announcement-file";
import type { Block } from "./catalog/block";
import { monotonicMs } from "./clock";
import { isAllowedBlock } from "./eventloop/allowed-blocking";
import { BlockLog } from "./eventloop/block-log";
import type { BlockReport } from "./eventloop/block-report";
import { BlockStore } from "./eventloop/block-store";
import { heartbeatSlot, REPORTS_TAKEN } from "./eventloop/heartbeat-layout";
import { nativeCallNames } from "./eventloop/native-call-probe";
import { openSchedulerStats } from "./eventloop/scheduler-stats";
import { SourceMapReader } from "./eventloop/source-map-reader";
import { StackSampler } from "./eventloop/stack-sampler";
import { Watchdog } from "./eventloop/watchdog";
import type { Sampler } from "./eventloop/watched-thread";
import { type Endpoint, startEndpoint } from "./export/endpoint-server";
import { MainQuestions } from "./main-questions";
import { receiveWorkerReports } from "./worker-agent";

/** Without an inspector blocks are still found and timed, and wrapped calls named. */
const NO_SAMPLER: Sampler = { isConnected: false, request: () => {}, disconnect: () => {} };

type Port = NonNullable<typeof parentPort>;

function runAgentThread(main: Port, data: AgentThreadData): void {
  const { config, heartbeatMemory } = data;
  const tell = (message: MessageToMain) => main.postMessage(message);
  const fail = (part: string, error: unknown) =>
    tell({ kind: "failure", part, message: error instanceof Error ? error.message : String(error) });
  const questions = new MainQuestions((id, request) => tell({ kind: "ask", id, request }));
  const sources = new SourceMapReader(config.sourceMaps);
  const store = new BlockStore(config.maxBlocks);
  const ownTime = openSchedulerStats(null);
  const announcement =
    config.announceDir === null ? null : new AnnouncementFile(config.announceDir, data.argv);
  let endpoint: Endpoint | null = null;
  let captures = 0;

  const log = new BlockLog({
    format: config.log,
    limit: config.logLimit,
    nowMs: monotonicMs,
    onDrop: () => tell({ kind: "dropped", part: "block-log", times: 1 }),
  });
  const publish = (block: Block) => {
    if (isAllowedBlock(block, config.allowBlocking)) return;
    captures += block.samples;
    store.add(block);
    log.ended(block);
    endpoint?.publishBlock(block);
    tell({ kind: "block", block });
  };
  const watchdog = new Watchdog({
    memory: heartbeatMemory,
    thresholdMs: config.blockThresholdMs,
    nativeNames: nativeCallNames(),
    source: sources,
    createSampler: (slot, keep) =>
      data.hasInspector ? new StackSampler(slot, keep, (error) => fail("stack-sampler", error)) : NO_SAMPLER,
    onBlock: publish,
    onLasting: (open) => log.lasting(open),
    onFailure: (error) => fail("watchdog", error),
  });

  const takeReport = (report: BlockReport) => {
    watchdog.report(report);
    acknowledge(heartbeatMemory, report.slot);
  };

  main.on("message", (message: MessageToThread) => {
    switch (message.kind) {
      case "report":
        takeReport(message.report);
        break;
      case "frame":
        endpoint?.publishFrame(message.frame);
        tell({ kind: "cost", captures, cpuSeconds: secondsOrNull(ownTime.read()?.cpuMs) });
        break;
      case "answer":
        questions.answer(message.id, message.answer);
        break;
      case "listening":
        announcement?.addListening(message.address);
        break;
      case "source-map":
        sources.remember(message.file, message.payload);
        break;
      case "close":
        watchdog.stop();
        void closeEndpoint(endpoint).then(() => {
          tell({ kind: "closed" });
          main.close();
        });
        break;
    }
  });

  receiveWorkerReports(takeReport, (file, payload) => sources.remember(file, payload));
  watchdog.start();
  announcement?.setAgentUrl(null);
  if (config.port === null) tell({ kind: "endpoint", url: null });
  else {
    startEndpoint(
      {
        host: config.host,
        port: config.port,
        token: config.token,
        unhealthyAfterMs: config.unhealthyAfterMs,
      },
      {
        askMain: (request) => questions.ask(request),
        blocks: () => store.document(watchdog.openBlocks()),
        openBlock: () => watchdog.openBlocks()[0] ?? null,
      },
    ).then(
      (opened) => {
        endpoint = opened;
        announcement?.setAgentUrl(opened.url);
        tell({ kind: "endpoint", url: opened.url });
      },
      (error: unknown) => {
        tell({ kind: "endpoint", url: null });
        tell({ kind: "warning", ...endpointWarning(config.host, config.port ?? 0, error) });
      },
    );
  }
}

function endpointWarning(
  host: string,
  portNumber: number,
  error: unknown,
): { message: string; code: string } {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    message:
      `the agent cannot listen on ${host}:${portNumber} (${reason}) and goes on without its endpoint; ` +
      `set LOOPSCOPE_PORT to a free port, 0 for any, or off`,
    code: "LOOPSCOPE_ENDPOINT_UNAVAILABLE",
  };
}

async function closeEndpoint(endpoint: Endpoint | null): Promise<void> {
  await endpoint?.close();
}

function acknowledge(memory: SharedArrayBuffer, slotIndex: number): void {
  const { flags } = heartbeatSlot(memory, slotIndex);
  Atomics.add(flags, REPORTS_TAKEN, 1);
  Atomics.notify(flags, REPORTS_TAKEN);
}

function secondsOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000;
}

if (parentPort !== null) runAgentThread(parentPort, workerData as AgentThreadData);
