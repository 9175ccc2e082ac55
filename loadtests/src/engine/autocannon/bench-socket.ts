import net from "node:net";
import tls from "node:tls";
import type { Client } from "autocannon";

/** One buffer for every plain connection of the thread: its content is read before the next read begins. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);
const readWords = new Int32Array(readBuffer.buffer);

/**
 * Each piece as it comes: the first `length` bytes of `buffer`. On plain connections whoever gets it must be done
 * with it when it returns, and `words` are those of the buffer, four bytes each; null on others.
 */
export type OnBytes = (buffer: Buffer, length: number, words: Int32Array | null) => void;

/** Begins to connect to where autocannon's client points: TCP, TLS, or a socket's path. */
export function openSocket(client: Client, onBytes: OnBytes): net.Socket {
  const { opts, secure } = client;
  const place =
    opts.socketPath === undefined || opts.socketPath === ""
      ? { host: opts.hostname.replace(/^\[|\]$/g, ""), port: Number(opts.port) }
      : { path: opts.socketPath };
  if (secure) {
    const name = opts.servername ?? ("host" in place && net.isIP(place.host) === 0 ? place.host : undefined);
    const socket = tls.connect({
      ...opts.tlsOptions,
      ...place,
      // A load test's target has a certificate of its own making, more often than not: as autocannon does.
      rejectUnauthorized: false,
      ...(name === undefined ? {} : { servername: name }),
    });
    socket.on("data", (bytes: Buffer) => onBytes(bytes, bytes.length, null));
    return socket;
  }
  const onread = {
    buffer: readBuffer,
    callback: (length: number) => {
      onBytes(readBuffer, length, readWords);
      return true;
    },
  };
  return net.connect({ ...place, onread } as net.NetConnectOpts);
}
