/** One compressed message to every subscriber: composed and sent in one go, or without holding the loop. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { deflateRaw, deflateRawSync } from "node:zlib";
import { WebSocket } from "ws";
import type { LabResult } from "./lab-ways.js";

const QUOTES = 2000;
/** Subscribers a turn. */
const SLICE = 50;
/** A subscriber that has this much unread is left out: it would cost memory without bound. */
const MAX_UNREAD_BYTES = 4 * 2 ** 20;

const compress = promisify(deflateRaw);

/** Some 100 kB of JSON. */
export function composeQuotes(): string {
  const quotes = Array.from({ length: QUOTES }, (_, index) => ({
    symbol: `S${index}`,
    bid: 100 + ((index * 7919) % 1000) / 10,
    ask: 101 + ((index * 104_729) % 1000) / 10,
  }));
  return JSON.stringify({ type: "quotes", quotes });
}

export function compressSync(text: string): Uint8Array {
  return deflateRawSync(text);
}

export function broadcastInOneGo(subscribers: ReadonlySet<WebSocket>): LabResult {
  const message = compressSync(composeQuotes());
  let sent = 0;
  for (const subscriber of subscribers) sent += sendTo(subscriber, message);
  return { sent };
}

/** @param compose makes the message: elsewhere, or on libuv's threads. */
export async function broadcastInSlices(
  subscribers: ReadonlySet<WebSocket>,
  compose: () => Promise<Uint8Array> = () => compress(composeQuotes()),
): Promise<LabResult> {
  const message = await compose();
  let sent = 0;
  let inTurn = 0;
  for (const subscriber of [...subscribers]) {
    sent += sendTo(subscriber, message);
    if (++inTurn % SLICE === 0) await nextTurn();
  }
  return { sent };
}

function sendTo(subscriber: WebSocket, message: Uint8Array): 0 | 1 {
  if (subscriber.readyState !== WebSocket.OPEN || subscriber.bufferedAmount > MAX_UNREAD_BYTES) return 0;
  subscriber.send(message);
  return 1;
}
