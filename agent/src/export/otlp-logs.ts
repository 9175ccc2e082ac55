/** Blocks as OTLP log records, each in the trace of the request that it blocked. */

import type { Block } from "../catalog/block";
import { blockAttributes } from "./block-attributes";
import { blockPlace } from "./block-place";
import {
  nanoseconds,
  type OtlpAttribute,
  type OtlpResource,
  resourceAttributes,
  text,
  whole,
} from "./otlp-values";

/** Blocks kept between two requests; a service that blocks more often shows the rest in its metrics. */
const MAX_WAITING = 200;
/** `WARN` of the logs data model. */
const SEVERITY_WARN = 13;

export class WaitingBlocks {
  readonly #onDrop: () => void;
  #blocks: Block[] = [];

  /** @param onDrop told of each block that found no place within the bound. */
  constructor(onDrop: () => void) {
    this.#onDrop = onDrop;
  }

  add(block: Block): void {
    if (this.#blocks.length < MAX_WAITING) this.#blocks.push(block);
    else this.#onDrop();
  }

  take(): readonly Block[] {
    const taken = this.#blocks;
    this.#blocks = [];
    return taken;
  }
}

/** `ExportLogsServiceRequest` of opentelemetry-proto 1.x. */
export function otlpLogsDocument(blocks: readonly Block[], resource: OtlpResource, nowMs: number): unknown {
  return {
    resourceLogs: [
      {
        resource: { attributes: resourceAttributes(resource) },
        scopeLogs: [
          {
            scope: { name: "@loopscope/agent", version: resource.agentVersion },
            logRecords: blocks.map((block) => logRecord(block, nowMs)),
          },
        ],
      },
    ],
  };
}

function logRecord(block: Block, nowMs: number): unknown {
  const { traceId, spanId, traceFlags } = block;
  const attributes = {
    ...blockAttributes(block),
    "loopscope.block.duration_ms": Math.round(block.durationMs),
  };
  return {
    timeUnixNano: nanoseconds(block.at),
    observedTimeUnixNano: nanoseconds(nowMs),
    severityNumber: SEVERITY_WARN,
    severityText: "WARN",
    eventName: "loopscope.eventloop.blocked",
    body: { stringValue: sentenceOf(block) },
    attributes: Object.entries(attributes).map(
      ([key, value]): OtlpAttribute => (typeof value === "string" ? text(key, value) : whole(key, value)),
    ),
    ...(traceId === null || spanId === null ? {} : { traceId, spanId, flags: traceFlags ?? 0 }),
  };
}

/** `event loop blocked for 312 ms in hashPassword (src/users.ts:41), POST /users: sync-crypto` */
function sentenceOf(block: Block): string {
  return `event loop blocked for ${Math.round(block.durationMs)} ms${blockPlace(block)}: ${block.cause}`;
}
