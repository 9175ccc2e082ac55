/** An HTTP/2 server that writes frames by hand, for what no proper server would send. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { certificate, type Http2Server } from "./http2-server.js";

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7 } as const;
export const END_STREAM = 1;
const END_HEADERS = 4;
const ACKNOWLEDGED = 1;
const PREFACE_BYTES = 24;

/** RFC 9113, 4.1. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** `:status: 200` and, where given, a content-length below 128 (RFC 7541: indexed, and without indexing). */
export function okHeaders(streamId: number, contentLength?: number): Buffer {
  const status = Buffer.from([0x88]);
  if (contentLength === undefined) return frame(FRAME.headers, END_HEADERS, streamId, status);
  const digits = String(contentLength);
  const length = Buffer.concat([Buffer.from([0x0f, 0x0d, digits.length]), Buffer.from(digits)]);
  return frame(FRAME.headers, END_HEADERS, streamId, Buffer.concat([status, length]));
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, 4 * index);
  });
  return bytes;
}

/** Answers one request with frames. @param connection its number, from 0 */
export type FrameBehaviour = (
  socket: tls.TLSSocket,
  streamId: number,
  index: number,
  connection: number,
) => void;

/** A server that agrees on h2, says that it has no settings, and leaves the rest to the test. */
export async function serveFrames(behave: FrameBehaviour): Promise<Http2Server> {
  let seen = 0;
  let connections = 0;
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer({ ...certificate, ALPNProtocols: ["h2"] }, (socket) => {
    const connection = connections++;
    let bytes = Buffer.alloc(0);
    let skipped = false;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!skipped && bytes.length < PREFACE_BYTES) return;
      if (!skipped) bytes = bytes.subarray(PREFACE_BYTES);
      skipped = true;
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const [type, flags = 0] = bytes.subarray(3, 5);
        const streamId = bytes.readUInt32BE(5);
        bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
        const isNew = type === FRAME.settings && (flags & ACKNOWLEDGED) === 0;
        if (isNew) socket.write(frame(FRAME.settings, ACKNOWLEDGED, 0, Buffer.alloc(0)));
        if (type === FRAME.headers) behave(socket, streamId, seen++, connection);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    connections: () => connections,
    mostAtOnce: () => Number.NaN,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
