/** Asks another process of the cluster, through its socket. */

import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";

/** Longer than a blocked worker's own patience with its main thread: it then tells what it knew last. */
const TIMEOUT_MS = 2000;
/** Nobody behind the socket, or no socket: the process has gone. */
const GONE = new Set(["ECONNREFUSED", "ENOENT"]);

export class WorkerGoneError extends Error {
  override readonly name = "WorkerGoneError";
}

/**
 * What a page says, as JSON. A number that JSON has not (NaN) comes as null.
 *
 * @throws WorkerGoneError when no process listens there any more; Error when it does not answer in time.
 */
export async function askWorker<T>(socket: string, method: "GET" | "POST", page: string): Promise<T> {
  const sent = open(socket, method, page);
  // What is posted takes the worker's own time: a collection of garbage, seconds.
  const timeoutMs = method === "GET" ? TIMEOUT_MS : 10 * TIMEOUT_MS;
  sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`${page} was not answered in ${timeoutMs} ms`)));
  sent.end();
  const response = await answerOf(sent);
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  if (response.statusCode !== 200) throw new Error(`${page} was answered with ${response.statusCode}`);
  return JSON.parse(text) as T;
}

/** The page as it comes, for as long as it comes. @throws WorkerGoneError */
export async function openWorkerStream(
  socket: string,
  page: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const sent = open(socket, "GET", page);
  signal.addEventListener("abort", () => sent.destroy(), { once: true });
  sent.end();
  return (await answerOf(sent)).setEncoding("utf8");
}

/** Lets the worker answer in this process's place. */
export function passOn(socket: string, incoming: IncomingMessage, response: ServerResponse): void {
  const sent = open(socket, incoming.method ?? "GET", incoming.url ?? "/");
  response.on("close", () => sent.destroy());
  answerOf(sent.end()).then(
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
    () => {
      if (response.headersSent) return;
      response.writeHead(502, { "content-type": "application/json" });
      response.end(`${JSON.stringify({ error: "that process of the cluster does not answer" })}\n`);
    },
  );
}

function open(socketPath: string, method: string, page: string): ClientRequest {
  // A connection for each question: one kept alive would fail when its worker ends.
  return request({ socketPath, method, path: page, agent: false, headers: { host: "localhost" } });
}

function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    // Stays: an error after the answer began must not end the process.
    sent.on("error", (error: NodeJS.ErrnoException) =>
      reject(GONE.has(error.code ?? "") ? new WorkerGoneError(error.message) : error),
    );
  });
}
