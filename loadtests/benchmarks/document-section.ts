import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const DOCUMENT = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  "../../../docs/measurement-load.md",
);

/** Puts a generated text between the section's marks in docs/measurement-load.md. */
export function writeDocumentSection(section: string, text: string): void {
  const [begin, end] = [`<!-- generated: ${section} -->`, `<!-- end: ${section} -->`];
  const before = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
  const start = before.indexOf(begin);
  const stop = before.indexOf(end);
  if (start === -1 || stop === -1) throw new Error(`${DOCUMENT} has no section ${section}`);
  writeFileSync(DOCUMENT, `${before.slice(0, start + begin.length)}\n${text.trim()}\n${before.slice(stop)}`);
}

export function machineLine(): string {
  const [cpu] = os.cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${os.cpus().length} × ${cpu?.model.trim() ?? "unknown CPU"}, ${os.type()} ${os.release()}, Node ${process.versions.node}, ${date}.`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
