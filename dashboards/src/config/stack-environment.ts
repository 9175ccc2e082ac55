/** The one place of this package that reads the environment. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface StackSettings {
  /** PROMETHEUS: its program; otherwise the one on PATH. Null where there is none. */
  readonly prometheusProgram: string | null;
  /** PROMETHEUS_PORT, default 9090; 0 picks a free one. */
  readonly prometheusPort: number;
  /** OTEL_SERVICE_NAME: what the service is called; null takes it from its program. */
  readonly serviceName: string | null;
  /** What the service's process starts with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @throws Error with one sentence for a bad setting. */
export function readStackSettings(): StackSettings {
  const environment = process.env;
  return {
    prometheusProgram: environment.PROMETHEUS ?? findOnPath("prometheus", environment.PATH ?? ""),
    prometheusPort: portSetting(environment.PROMETHEUS_PORT),
    serviceName: environment.OTEL_SERVICE_NAME ?? null,
    environment,
  };
}

function portSetting(text: string | undefined): number {
  if (text === undefined) return 9090;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PROMETHEUS_PORT must be a whole number between 0 and 65535, got "${text}"`);
  }
  return port;
}

/** The first executable file of that name in the folders of PATH, or null. */
export function findOnPath(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    if (folder !== "" && isExecutable(candidate)) return candidate;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
