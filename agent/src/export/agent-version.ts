import { readFileSync } from "node:fs";
import path from "node:path";

let version: string | null = null;

/** The version in our own package.json, `unknown` when it cannot be read (a bundled agent). */
export function agentVersion(): string {
  version ??= readVersion();
  return version;
}

function readVersion(): string {
  try {
    const manifest = JSON.parse(readFileSync(path.join(__dirname, "../../../package.json"), "utf8")) as {
      readonly version?: string;
    };
    return manifest.version ?? "unknown";
  } catch {
    return "unknown";
  }
}
