/** The load of the cost benchmarks: one small request after the other on each of some connections. */
import { connect, type Socket } from "node:net";

export const CONNECTIONS = 30;

/**
 * A response is complete when as many bytes came as in the first one.
 *
 * @returns how many requests were completed.
 */
export function load(port: number, durationMs: number): Promise<number> {
  const request = Buffer.from("GET /21 HTTP/1.1\r\nHost: x\r\n\r\n");
  let completed = 0;
  let running = true;
  const sockets: Socket[] = [];
  return new Promise((resolve) => {
    for (let index = 0; index < CONNECTIONS; index++) {
      const socket = connect(port, "127.0.0.1", () => socket.write(request));
      sockets.push(socket);
      let expected = 0;
      let received = 0;
      socket.on("data", (chunk) => {
        received += chunk.length;
        if (expected === 0) expected = received;
        if (received < expected) return;
        received = 0;
        completed++;
        if (running) socket.write(request);
      });
    }
    setTimeout(() => {
      running = false;
      for (const socket of sockets) socket.destroy();
      resolve(completed);
    }, durationMs);
  });
}
