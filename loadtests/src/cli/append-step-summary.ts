import { appendFile, stat } from "node:fs/promises";
import { fittingStepSummary } from "../report/github-commands.js";

/**
 * Appends Markdown to the file of a step's summary, or what fits of it: the step's other commands may have
 * written to it before, and its limit holds for all of them together. A file that cannot be written is left
 * out.
 */
export async function appendStepSummary(file: string | undefined, markdown: string): Promise<void> {
  if (file === undefined) return;
  const takenBytes = (await stat(file).catch(() => undefined))?.size ?? 0;
  await appendFile(file, fittingStepSummary(`${markdown}\n`, takenBytes)).catch(() => undefined);
}
