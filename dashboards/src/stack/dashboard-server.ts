/**
 * Shows the dashboards without Grafana: a page on loopback that draws the generated JSON with Prometheus' answers.
 * Every variable is at "All"; what is edited, filtered or alerted on needs Grafana.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedFiles } from "../generated-files.js";
import { DASHBOARD_PAGE } from "./dashboard-page.js";

export interface DashboardServerOptions {
  readonly prometheusUrl: string;
  /** Between two scrapes, seconds: the range of rates follows from it. */
  readonly scrapeSeconds: number;
}

export interface DashboardServer {
  readonly url: string;
  close(): void;
}

interface Page {
  readonly type: string;
  readonly content: string;
}

const SCRIPT = "text/javascript; charset=utf-8";
/** From dashboards/build/src/stack. */
const PAGE_SCRIPTS = fileURLToPath(new URL("../page", import.meta.url));
const QUERY_PATHS = new Set(["/api/v1/query", "/api/v1/query_range"]);
/** A query's text is a few kilobytes; what is longer is none of the page's. */
const MAX_QUERY_BYTES = 100_000;

export async function startDashboardServer(options: DashboardServerOptions): Promise<DashboardServer> {
  const pages = allPages(options);
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? "");
    if (request.method === "GET" && page !== undefined) {
      response.setHeader("content-type", page.type);
      response.end(page.content);
    } else if (request.method === "POST" && QUERY_PATHS.has(request.url ?? "")) {
      void passOn(request, response, new URL(request.url ?? "", options.prometheusUrl));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the page's server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function allPages({ scrapeSeconds }: DashboardServerOptions): ReadonlyMap<string, Page> {
  const uplot = dirname(createRequire(import.meta.url).resolve("uplot"));
  const dashboards = generatedFiles()
    .filter(({ path }) => /grafana\/dashboards\/.+\.json$/.test(path))
    .map(({ content }) => JSON.parse(content) as object);
  return new Map<string, Page>([
    ["/", { type: "text/html; charset=utf-8", content: DASHBOARD_PAGE }],
    [
      "/dashboards.json",
      { type: "application/json", content: JSON.stringify({ dashboards, scrapeSeconds }) },
    ],
    ["/uplot.js", { type: SCRIPT, content: readFileSync(join(uplot, "uPlot.esm.js"), "utf8") }],
    ["/uplot.css", { type: "text/css", content: readFileSync(join(uplot, "uPlot.min.css"), "utf8") }],
    ...readdirSync(PAGE_SCRIPTS)
      .filter((name) => name.endsWith(".js"))
      .map((name): [string, Page] => [
        `/page/${name}`,
        { type: SCRIPT, content: readFileSync(join(PAGE_SCRIPTS, name), "utf8") },
      ]),
  ]);
}

async function passOn(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  try {
    let query = "";
    for await (const piece of request.setEncoding("utf8")) {
      query += piece;
      if (query.length > MAX_QUERY_BYTES) throw new Error("the query is too long");
    }
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(query) });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    response.writeHead(502, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ status: "error", error: `Prometheus at ${url.host} did not answer: ${reason}` }),
    );
  }
}
