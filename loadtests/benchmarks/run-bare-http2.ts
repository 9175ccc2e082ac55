/**
 * What Node's own HTTP/2 client costs at least: one request after the other on each connection, the reply's
 * head and body taken and thrown away, nothing timed or recorded. Prints how many were answered: a program
 * for the benchmarks to start. `run-bare-http2.js <url> <connections> <seconds>`
 */

import http2 from "node:http2";

const [url = "", connections = "1", seconds = "1"] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const headers = { ":path": pathname };
let iterations = 0;
let isOver = false;

function ask(session: http2.ClientHttp2Session): void {
  const stream = session.request(headers, { endStream: true });
  stream.on("data", () => {});
  stream.on("end", () => {
    iterations++;
    if (!isOver) ask(session);
  });
}

const sessions = Array.from({ length: Number(connections) }, () => {
  const session = http2.connect(origin, { rejectUnauthorized: false });
  ask(session);
  return session;
});
setTimeout(() => {
  isOver = true;
  for (const session of sessions) session.destroy();
  process.stdout.write(JSON.stringify({ iterations, seconds: Number(seconds) }));
}, Number(seconds) * 1000);
