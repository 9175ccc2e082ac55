/**
 * A deterministic load against an event loop that now and then blocks: what the client and the agent would
 * have recorded, with a truth that is known. Same options, same run, on every machine.
 */

import { type Block, type HistogramSnapshot, LogLinearHistogram } from "@loopscope/agent/catalog";
import type { SlowRequest } from "../../src/engine/engine.js";

export interface GeneratedLoadOptions {
  readonly seconds: number;
  readonly ratePerSecond: number;
  /** Every so many seconds a POST /users hashes a password for `blockMs`; 0: never. */
  readonly blockEverySeconds: number;
  readonly blockMs: number;
  /** One request in so many fails; 0: none. */
  readonly failOneIn: number;
}

export interface GeneratedRequest extends SlowRequest {
  readonly failed: boolean;
}

export interface GeneratedLoad {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly requests: readonly GeneratedRequest[];
  readonly blocks: readonly Block[];
  /** Share of the requests over 50 ms that a block held up: the truth that a diagnosis has to meet. */
  readonly shareBehindBlocks: number;
}

/** 2026-11-20T20:00:00Z */
export const GENERATED_START = 1795204800000;

const NAMES = [
  { name: "GET /users/:id", method: "GET", serviceMs: 4 },
  { name: "POST /users", method: "POST", serviceMs: 9 },
  { name: "GET /products", method: "GET", serviceMs: 6 },
] as const;

/** Mulberry32: small, fast, and the same everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function generateLoad(options: GeneratedLoadOptions): GeneratedLoad {
  const random = randomNumbers(20261120);
  const blocks = generateBlocks(options);
  const requests: GeneratedRequest[] = [];
  const total = options.seconds * options.ratePerSecond;
  let next = 0;
  let slow = 0;
  let behind = 0;
  for (let index = 0; index < total; index++) {
    const intendedAt = GENERATED_START + (index * 1000) / options.ratePerSecond;
    const kind = NAMES[Math.floor(random() * NAMES.length)] ?? NAMES[0];
    while (next < blocks.length && endOf(blocks[next]) <= intendedAt) next++;
    const block = blocks[next];
    // Whatever arrives while the loop is held starts when the block ends.
    const begunAt = block !== undefined && block.at <= intendedAt ? endOf(block) + random() : intendedAt;
    const serviceMs = kind.serviceMs * (0.5 + random()) + (random() < 0.01 ? 30 * random() : 0);
    const endAt = begunAt + serviceMs;
    const failed = options.failOneIn > 0 && index % options.failOneIn === options.failOneIn - 1;
    requests.push({
      name: kind.name,
      method: kind.method,
      status: failed ? 500 : 200,
      intendedAt,
      sentAt: intendedAt + 0.05,
      firstByteAt: endAt - 0.2,
      endAt,
      censored: false,
      failed,
    });
    if (endAt - intendedAt > 50) {
      slow++;
      if (begunAt > intendedAt) behind++;
    }
  }
  return {
    startedAt: GENERATED_START,
    endedAt: GENERATED_START + options.seconds * 1000,
    requests,
    blocks,
    shareBehindBlocks: slow === 0 ? 0 : behind / slow,
  };
}

/** Adds up what took how long, microseconds. */
export function latencyOf(requests: readonly GeneratedRequest[]): HistogramSnapshot {
  const histogram = new LogLinearHistogram(10);
  for (const request of requests) histogram.record((request.endAt - request.intendedAt) * 1000);
  return histogram.snapshot();
}

function generateBlocks(options: GeneratedLoadOptions): readonly Block[] {
  if (options.blockEverySeconds === 0) return [];
  const random = randomNumbers(7);
  const blocks: Block[] = [];
  for (
    let second = options.blockEverySeconds / 2;
    second < options.seconds;
    second += options.blockEverySeconds
  ) {
    const at = GENERATED_START + second * 1000 + 137 * random();
    blocks.push(hashingBlock(blocks.length, at, options.blockMs * (0.8 + 0.4 * random())));
  }
  return blocks;
}

function hashingBlock(index: number, at: number, durationMs: number): Block {
  const scrypt = { function: "scryptSync", file: "node:internal/crypto/scrypt", line: 82, column: 17 };
  const hash = { function: "hashPassword", file: "/srv/app/src/users.ts", line: 41, column: 10 };
  const create = { function: "createUser", file: "/srv/app/src/users.ts", line: 58, column: 24 };
  const handler = { function: "handler", file: "/srv/app/src/server.ts", line: 23, column: 5 };
  const validate = { function: "validate", file: "/srv/app/src/users.ts", line: 33, column: 3 };
  const stack = [scrypt, hash, create, handler];
  return {
    id: `b${String(index).padStart(6, "0")}`,
    at,
    durationMs,
    cause: "sync-crypto",
    function: "hashPassword",
    file: "/srv/app/src/users.ts",
    line: 41,
    column: 10,
    userFrame: null,
    stack,
    samples: 8,
    selfShare: 0.875,
    confidence: "exact",
    route: "/users",
    method: "POST",
    traceId: null,
    spanId: null,
    requestId: null,
    thread: "main",
    evidence: {
      cpuMs: durationMs * 0.98,
      runQueueMs: 0.4,
      gcMs: 0,
      nativeCall: "crypto.scryptSync",
      nativeCallMs: durationMs * 0.97,
      watchdogLateMs: 0.2,
      victimDelayMs: durationMs * 4,
      victims: 9,
    },
    profile: [
      { frames: stack, samples: 7 },
      { frames: [validate, create, handler], samples: 1 },
    ],
  };
}

function endOf(block: Block | undefined): number {
  return block === undefined ? 0 : block.at + block.durationMs;
}
