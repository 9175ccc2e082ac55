import { createReadStream, unlink } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { EndpointSource } from "./endpoint-source";
import type { MainAnswer } from "./main-request";

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 60;

/** `POST /profile?seconds=`: a .cpuprofile of the application's thread. */
export async function sendProfile(
  source: EndpointSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const given = new URL(request.url ?? "/", "http://localhost").searchParams.get("seconds");
  const seconds = given === null ? DEFAULT_SECONDS : Number(given);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
    const error = `seconds must be a whole number between 1 and ${MAX_SECONDS}, got "${given}"`;
    return sendError(response, 400, error);
  }
  const answer = await source.askMain({ type: "profile", seconds });
  if (answer.type !== "profile") return sendRefusal(response, answer);
  response.writeHead(200, downloadHeaders("loopscope.cpuprofile"));
  response.end(answer.text);
}

/** `POST /heapsnapshot`: the application's thread stands still while V8 writes it. */
export async function sendHeapSnapshot(source: EndpointSource, response: ServerResponse): Promise<void> {
  const answer = await source.askMain({ type: "heapsnapshot" });
  if (answer.type !== "heapsnapshot") return sendRefusal(response, answer);
  try {
    response.writeHead(200, downloadHeaders("loopscope.heapsnapshot"));
    await pipeline(createReadStream(answer.path), response);
  } finally {
    unlink(answer.path, () => undefined);
  }
}

/** Collects garbage and answers what is left: `{ "heapUsedBytes": 20971520 }`. */
export async function sendHeapLeft(source: EndpointSource, response: ServerResponse): Promise<void> {
  const answer = await source.askMain({ type: "gc" });
  if (answer.type !== "gc") return sendRefusal(response, answer);
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify({ heapUsedBytes: answer.heapUsedBytes })}\n`);
}

function downloadHeaders(fileName: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "content-disposition": `attachment; filename="${fileName}"`,
    "cache-control": "no-store",
  };
}

function sendRefusal(response: ServerResponse, answer: MainAnswer): void {
  if (answer.type === "refused") sendError(response, answer.reason === "busy" ? 409 : 500, answer.sentence);
  else sendError(response, 500, `unexpected answer ${answer.type}`);
}

function sendError(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify({ error: sentence })}\n`);
}
