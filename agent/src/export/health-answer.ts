import type { BlocksDocument, OpenBlock } from "../catalog/block";
import { blockPlace } from "./block-place";

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What `/healthz` says: `ok`, or `blocked` and by what, with 503 once that has lasted `unhealthyAfterMs`. Of a
 * cluster: by its longest block.
 */
export function healthAnswer(blocks: BlocksDocument, unhealthyAfterMs: number): HealthAnswer {
  const open = blocks.open[0] ?? null;
  const totals = { totalBlocks: blocks.totalBlocks, totalBlockedMs: blocks.totalBlockedMs };
  if (open === null) return { status: 200, body: { status: "ok", ...totals } };
  return {
    status: open.ageMs >= unhealthyAfterMs ? 503 : 200,
    body: {
      status: "blocked",
      sentence: blockSentence(open),
      ageMs: open.ageMs,
      function: open.function,
      file: open.file,
      line: open.line,
      route: open.route,
      method: open.method,
      ...(open.pid === undefined ? {} : { blockedPid: open.pid }),
      ...totals,
    },
  };
}

/** `blocked since 12.3 s in hashPassword (src/users.ts:31), POST /users` */
function blockSentence(open: OpenBlock): string {
  return `blocked since ${(open.ageMs / 1000).toFixed(1)} s${blockPlace(open)}`;
}
