import net from "node:net";
import tls from "node:tls";
import type { Client } from "autocannon";

/** One buffer for every plain connection of the thread: its content is read before the next read begins. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Begins to connect to where autocannon's client points: TCP, TLS, or a socket's path.
 * @param onBytes gets each piece as it comes; on plain connections it must be done with it when it returns.
 */
export function openSocket(client: Client, onBytes: (bytes: Buffer) => void): net.Socket {
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
    socket.on("data", onBytes);
    return socket;
  }
  const onread = {
    buffer: readBuffer,
    callback: (length: number, buffer: Uint8Array) => {
      onBytes((buffer as Buffer).subarray(0, length));
      return true;
    },
  };
  return net.connect({ ...place, onread } as net.NetConnectOpts);
}
