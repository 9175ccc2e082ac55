/** The peers that benchmarks compare with: nobody's dependency, installed in these versions into a cache folder. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AGENT_FOLDER } from "./block-corpus";

/** The newest that run on Node 20 as well. */
const VERSIONS = {
  "@datadog/pprof": "5.20.0",
  "@opentelemetry/api": "1.9.0",
  "@opentelemetry/auto-instrumentations-node": "0.75.0",
  "@sentry-internal/node-native-stacktrace": "0.5.0",
  "@sentry/node": "10.75.3",
  "@sentry/node-native": "10.75.3",
  "blocked-at": "1.2.0",
  "express-prom-bundle": "8.0.0",
  "prom-client": "15.1.3",
} as const;

export type PeerPackage = keyof typeof VERSIONS;

export const PEERS_FOLDER = path.join(AGENT_FOLDER, "../node_modules/.cache/loopscope-peers");

/** Does nothing when all are there. The addons among them come with their binaries: nothing is built. */
export function installPeers(packages: readonly PeerPackage[]): void {
  if (packages.every((name) => existsSync(path.join(PEERS_FOLDER, "node_modules", name)))) return;
  mkdirSync(PEERS_FOLDER, { recursive: true });
  const manifest = path.join(PEERS_FOLDER, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true }));
  const wanted = packages.map((name) => `${name}@${VERSIONS[name]}`);
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  execFileSync("npm", ["install", ...quiet, ...wanted], { cwd: PEERS_FOLDER, stdio: "inherit" });
}
