import { format } from "node:util";
import type { TestRun } from "../run/test-run.js";

/** The script's `console`: lines go to whoever listens to the run. */
export function scriptConsole(run: TestRun): Readonly<Record<string, (...args: unknown[]) => void>> {
  const line =
    (level: "debug" | "info" | "warn" | "error") =>
    (...args: unknown[]) =>
      run.log(level, args.length === 1 && typeof args[0] === "string" ? args[0] : format(...args.map(shown)));
  return {
    debug: line("debug"),
    log: line("info"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
  };
}

/** k6 prints objects as JSON. */
function shown(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return value;
  }
}
