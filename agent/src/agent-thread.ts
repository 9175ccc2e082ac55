/**
 * The agent's own thread: the watchdog and the HTTP endpoint, which go on while the application is blocked.
 * What it imports is in the memory of every host: what only some need is required where they do.
 */
import { hostname } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { AgentThreadData, MessageToMain, MessageToThread } from "./agent-messages";
import { AnnouncementFile } from "./announcement-file";
import type { Block } from "./catalog/block";
import { epochMs, monotonicMs } from "./clock";
import { ProcessEndpoints } from "./cluster/process-endpoints";
import { isAllowedBlock } from "./eventloop/allowed-blocking";
import { BlockLog } from "./eventloop/block-log";
import type { BlockReport } from "./eventloop/block-report";
import { BlockStore } from "./eventloop/block-store";
import { heartbeatSlot, isAtRest, REPORTS_TAKEN, readyFlag } from "./eventloop/heartbeat-layout";
import { openSchedulerStats } from "./eventloop/scheduler-stats";
import { SourceMapReader } from "./eventloop/source-map-reader";
import { StackSampler } from "./eventloop/stack-sampler";
import { Watchdog } from "./eventloop/watchdog";
import type { Sampler } from "./eventloop/watched-thread";
import { agentVersion } from "./export/agent-version";
import type { WaitingBlocks } from "./export/otlp-logs";
import { otlpHeaders, otlpPairs } from "./export/otlp-pairs";
import { MainQuestions } from "./main-questions";
import { startThreadPoolProbe } from "./thread-pool-probe";
import { type ThreadVitalsWriter, writeThreadVitals } from "./thread-vitals";
import { receiveWorkerReports } from "./worker-reports";

/** Without an inspector blocks are still found and timed, and wrapped calls named. */
const NO_SAMPLER: Sampler = { isConnected: false, request: () => {}, disconnect: () => {} };

type Port = NonNullable<typeof parentPort>;

class AgentThread {
  readonly #main: Port;
  readonly #data: AgentThreadData;
  readonly #questions: MainQuestions;
  readonly #sources: SourceMapReader;
  readonly #store: BlockStore;
  readonly #log: BlockLog;
  readonly #watchdog: Watchdog;
  readonly #announcement: AnnouncementFile | null;
  readonly #vitals: ThreadVitalsWriter;
  readonly #endpoints: ProcessEndpoints;
  readonly #ownTime = openSchedulerStats(null);
  #captures = 0;
  /** Null: nobody is sent the blocks as logs. */
  readonly #waitingBlocks: WaitingBlocks | null;
  #otlpFailed = false;
  #stopPoolProbe: () => void = () => {};
  #stopOtlp: () => void = () => {};

  constructor(main: Port, data: AgentThreadData) {
    const { config } = data;
    this.#main = main;
    this.#data = data;
    this.#vitals = writeThreadVitals(data.vitalsMemory);
    this.#questions = new MainQuestions((id, request) => this.#tell({ kind: "ask", id, request }));
    this.#sources = new SourceMapReader(config.sourceMaps);
    this.#store = new BlockStore(config.maxBlocks);
    this.#announcement =
      config.announceDir === null
        ? null
        : new AnnouncementFile(config.announceDir, data.argv, data.clusterPrimaryPid);
    this.#log = new BlockLog({
      format: config.log,
      limit: config.logLimit,
      nowMs: monotonicMs,
      onDrop: () => this.#tell({ kind: "dropped", part: "block-log", times: 1 }),
    });
    this.#watchdog = new Watchdog({
      memory: data.heartbeatMemory,
      thresholdMs: config.blockThresholdMs,
      askedForMs: data.askedForMs,
      nativeNames: data.nativeCallNames,
      source: this.#sources,
      createSampler: (slot, keep) =>
        data.hasInspector
          ? new StackSampler(slot, keep, (error) => this.#fail("stack-sampler", error))
          : NO_SAMPLER,
      onBlock: (block) => this.#publish(block),
      onLasting: (open) => this.#log.lasting(open),
      onFailure: (error) => this.#fail("watchdog", error),
    });
    this.#waitingBlocks = this.#createWaitingBlocks();
    this.#endpoints = new ProcessEndpoints({
      config,
      clusterPrimaryPid: data.clusterPrimaryPid,
      facts: {
        askMain: (request) => this.#questions.ask(request),
        blocks: () => this.#store.document(this.#watchdog.openBlocks()),
        openBlock: () => this.#watchdog.openBlocks()[0] ?? null,
        onAudience: (present) => this.#tell({ kind: "audience", present }),
      },
      onUrl: (url) => this.#announcement?.setAgentUrl(url),
      onDrop: (times) => this.#tell({ kind: "dropped", part: "departed workers", times }),
    });
  }

  start(): void {
    this.#main.on("message", (message: MessageToThread) => this.#onMessage(message));
    receiveWorkerReports(
      (report) => this.#takeReport(report),
      (file, payload) => this.#sources.remember(file, payload),
    );
    this.#watchdog.start();
    const ready = readyFlag(this.#data.heartbeatMemory);
    Atomics.store(ready, 0, 1);
    Atomics.notify(ready, 0);
    if (!this.#data.hasInspector) this.#warnOfInspector();
    const main = heartbeatSlot(this.#data.heartbeatMemory, 0);
    this.#stopPoolProbe = startThreadPoolProbe(
      (waitMs) => {
        this.#vitals.addPoolWait(waitMs);
        this.#noteCost();
      },
      () => isAtRest(main),
    );
    this.#stopOtlp = this.#startOtlp();
    this.#announcement?.setAgentUrl(null);
    this.#endpoints.open().then(
      (url) => {
        if (url !== null) this.#announcement?.setAgentUrl(url);
        this.#tell({ kind: "endpoint", url });
      },
      (error: unknown) => {
        this.#tell({ kind: "endpoint", url: null });
        this.#warnOfEndpoint(error);
      },
    );
  }

  #createWaitingBlocks(): WaitingBlocks | null {
    const { otlpEndpoint, logsExporters } = this.#data.config;
    if (otlpEndpoint === null || !logsExporters.includes("otlp")) return null;
    const { WaitingBlocks } = require("./export/otlp-logs") as typeof import("./export/otlp-logs");
    return new WaitingBlocks(() => this.#tell({ kind: "dropped", part: "otlp-logs", times: 1 }));
  }

  #startOtlp(): () => void {
    const { config } = this.#data;
    if (config.otlpEndpoint === null) return () => {};
    const { startOtlpExporter } =
      require("./export/otlp-exporter") as typeof import("./export/otlp-exporter");
    const attributes = otlpPairs(config.resourceAttributes);
    const waitingBlocks = this.#waitingBlocks;
    return startOtlpExporter({
      endpoint: config.otlpEndpoint,
      headers: otlpHeaders(config.otlpHeaders),
      intervalMs: config.otlpIntervalMs,
      resource: {
        serviceName: config.serviceName ?? attributes["service.name"] ?? "unknown_service:node",
        // Told apart by it: without, all instances of a service would write the same series.
        instanceId: `${hostname()}:${process.pid}`,
        attributes,
        pid: process.pid,
        nodeVersion: process.versions.node,
        agentVersion: agentVersion(),
      },
      startMs: epochMs(),
      epochMs,
      metrics: config.metricsExporters.includes("otlp") ? () => this.#endpoints.own.metrics(false) : null,
      takeBlocks: waitingBlocks === null ? null : () => waitingBlocks.take(),
      onFailure: (sentence) => this.#onOtlpFailure(sentence),
    });
  }

  /** A collector comes and goes: the first failure is told, all are counted, and the sending goes on. */
  #onOtlpFailure(sentence: string): void {
    this.#tell({ kind: "dropped", part: "otlp", times: 1 });
    if (this.#otlpFailed) return;
    this.#otlpFailed = true;
    this.#tell({
      kind: "warning",
      code: "LOOPSCOPE_OTLP_UNREACHABLE",
      message: `${sentence}; the agent tries on`,
    });
  }

  #onMessage(message: MessageToThread): void {
    switch (message.kind) {
      case "report":
        this.#takeReport(message.report);
        break;
      case "frame":
        this.#endpoints.publishFrame(message.frame);
        break;
      case "answer":
        this.#questions.answer(message.id, message.answer);
        break;
      case "listening":
        this.#announcement?.addListening(message.address);
        break;
      case "source-map":
        this.#sources.remember(message.file, message.payload);
        break;
      case "close":
        void this.#close();
        break;
    }
  }

  #takeReport(report: BlockReport): void {
    this.#watchdog.report(report);
    const { flags } = heartbeatSlot(this.#data.heartbeatMemory, report.slot);
    Atomics.add(flags, REPORTS_TAKEN, 1);
    Atomics.notify(flags, REPORTS_TAKEN);
  }

  #publish(block: Block): void {
    if (isAllowedBlock(block, this.#data.config.allowBlocking)) return;
    this.#captures += block.samples;
    this.#store.add(block);
    this.#log.ended(block);
    this.#endpoints.publishBlock(block);
    this.#waitingBlocks?.add(block);
    this.#tell({ kind: "block", block });
  }

  #noteCost(): void {
    const cpuMs = this.#ownTime.read()?.cpuMs;
    this.#vitals.setCost({
      captures: this.#captures,
      cpuSeconds: cpuMs === undefined ? null : cpuMs / 1000,
    });
  }

  #warnOfInspector(): void {
    this.#tell({
      kind: "warning",
      code: "LOOPSCOPE_NO_STACKS",
      message:
        "this process has no inspector (permission model, or node --test without isolation): blocks are timed, and " +
        "wrapped calls named, but no other function; --allow-inspector lets the agent in where Node has that flag",
    });
  }

  #warnOfEndpoint(error: unknown): void {
    const { host, port } = this.#data.config;
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell({
      kind: "warning",
      code: "LOOPSCOPE_ENDPOINT_UNAVAILABLE",
      message:
        `the agent cannot listen on ${host}:${port} (${reason}) and goes on without its endpoint; ` +
        `set LOOPSCOPE_PORT to a free port, 0 for any, or off`,
    });
  }

  async #close(): Promise<void> {
    this.#watchdog.stop();
    this.#stopPoolProbe();
    this.#stopOtlp();
    await this.#endpoints.close();
    this.#tell({ kind: "closed" });
    this.#main.close();
  }

  #tell(message: MessageToMain): void {
    this.#main.postMessage(message);
  }

  #fail(part: string, error: unknown): void {
    this.#tell({ kind: "failure", part, message: error instanceof Error ? error.message : String(error) });
  }
}

export function startInAgentThread(): void {
  if (parentPort !== null) new AgentThread(parentPort, workerData as AgentThreadData).start();
}
