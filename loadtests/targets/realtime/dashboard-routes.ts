import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

const PAGE_FOLDER = fileURLToPath(new URL("./page/", import.meta.url));
const PAGE_MODULES = ["dashboard.js", "dashboard-charts.js"] as const;

/** The page, its own modules, and uPlot: everything comes from here and nothing from another host. */
export async function addDashboard(app: FastifyInstance): Promise<void> {
  const chartLibrary = dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
  // Read once: a handler that reads files for every visitor is a fault of another service.
  const assets = new Map<string, { type: string; text: string }>();
  for (const name of PAGE_MODULES) {
    assets.set(name, { type: "text/javascript", text: await readFile(join(PAGE_FOLDER, name), "utf8") });
  }
  for (const [name, file, type] of [
    ["uplot.js", "uPlot.esm.js", "text/javascript"],
    ["uplot.css", "uPlot.min.css", "text/css"],
  ] as const) {
    assets.set(name, { type, text: await readFile(join(chartLibrary, "dist", file), "utf8") });
  }
  app.get("/dashboard", (_request, reply) => reply.type("text/html; charset=utf-8").send(PAGE));
  for (const [name, { type, text }] of assets) {
    app.get(`/dashboard/${name}`, (_request, reply) => reply.type(`${type}; charset=utf-8`).send(text));
  }
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>realtime: live figures</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dashboard/uplot.css">
<script type="importmap">{ "imports": { "uplot": "/dashboard/uplot.js" } }</script>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.4 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 90rem; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
h2 { font-size: .95rem; margin: 0 0 .25rem; }
#status.live { color: light-dark(#1b6e35, #7bd095); }
#status.lost { color: light-dark(#a3231b, #ff9d94); }
#alerts { list-style: none; padding: 0; margin: .5rem 0; }
#alerts li { border-left: .4rem solid; padding: .3rem .6rem; margin: .3rem 0; background: #8882; }
#alerts .warning { border-color: #c98a00; }
#alerts .critical { border-color: #c4321f; }
#charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem; }
#charts section { border: 1px solid #8886; border-radius: .4rem; padding: .6rem 12px; min-width: 0; }
</style>
</head>
<body>
<h1>realtime: live figures</h1>
<p id="status" role="status">connecting</p>
<ul id="alerts" role="log" aria-label="Alerts"></ul>
<p id="no-alerts">No alerts.</p>
<main id="charts"></main>
<script type="module" src="/dashboard/dashboard.js"></script>
</body>
</html>
`;
