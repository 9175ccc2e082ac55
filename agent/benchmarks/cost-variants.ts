/** The ways in which a server of the cost benchmark runs: bare, with the agent, and with each peer. */
import path from "node:path";
import { REGISTER } from "./block-corpus";
import { PEERS_FOLDER, type PeerPackage } from "./installed-peers";

export interface Variant {
  readonly name: string;
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export const BARE: Variant = { name: "no agent", execArgv: [], environment: {} };
/** The bare server once more: what it differs by is noise. */
export const CONTROL: Variant = { ...BARE, name: "no agent (control)" };
export const AGENT: Variant = { name: "agent", execArgv: ["--require", REGISTER], environment: {} };

export const AGENT_VARIANTS: readonly Variant[] = [
  { ...AGENT, name: "agent, natives not wrapped", environment: { LOOPSCOPE_WRAP_NATIVES: "off" } },
  { ...AGENT, name: "agent, context always", environment: { LOOPSCOPE_REQUEST_CONTEXT: "always" } },
];

export const PEER_PACKAGES: readonly PeerPackage[] = [
  "prom-client",
  "express-prom-bundle",
  "@opentelemetry/api",
  "@opentelemetry/auto-instrumentations-node",
  "@sentry/node",
  "@sentry/node-native",
  "@datadog/pprof",
  "blocked-at",
];

/** @param sinkUrl takes what they export: an exporter whose collector is away costs less, and otherwise. */
export function peerVariants(sinkUrl: string): readonly Variant[] {
  const preloaded = (peer: string): Omit<Variant, "name"> => ({
    execArgv: ["--require", path.join(__dirname, "peer-cost-preload.js")],
    environment: { LOOPSCOPE_PEER: peer, LOOPSCOPE_PEERS_FOLDER: PEERS_FOLDER, LOOPSCOPE_SINK: sinkUrl },
  });
  const openTelemetry = "node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js";
  return [
    { name: "prom-client, express-prom-bundle", ...preloaded("prom-client") },
    {
      name: "OpenTelemetry auto-instrumentations",
      execArgv: ["--require", path.join(PEERS_FOLDER, openTelemetry)],
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl,
        OTEL_SERVICE_NAME: "measured",
        // The others ask the metadata services of clouds, which hold a process open for seconds elsewhere.
        OTEL_NODE_RESOURCE_DETECTORS: "env,host,os,process",
      },
    },
    { name: "@sentry/node, event-loop blocks", ...preloaded("@sentry/node") },
    { name: "@datadog/pprof, wall profile", ...preloaded("@datadog/pprof") },
    { name: "blocked-at", ...preloaded("blocked-at") },
  ];
}
