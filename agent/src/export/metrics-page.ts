import type { IncomingMessage, ServerResponse } from "node:http";
import { chooseFormat } from "./content-negotiation";
import type { EndpointSource } from "./endpoint-source";

export async function sendMetrics(
  source: EndpointSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const metrics = await source.metrics(false);
  // prom-client is 5 MB of memory with what it loads: only who scrapes pays.
  const { renderExposition } = require("./prometheus-exposition") as typeof import("./prometheus-exposition");
  const { contentType, text } = await renderExposition(metrics, chooseFormat(request.headers.accept));
  response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" });
  response.end(text);
}
