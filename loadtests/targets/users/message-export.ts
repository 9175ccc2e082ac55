/** All messages in one answer: as one huge text, or as a stream of lines. */

import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { beginHold } from "../service/fault-log.js";
import type { Databases } from "./databases.js";
import type { UsersFaultId } from "./faults.js";

interface ExportedMessage {
  readonly id: number;
  readonly userId: number;
  readonly content: string;
  readonly createdAt: Date;
}

const PAGE_ROWS = 500;
const COLUMNS = 'id, user_id AS "userId", content, created_at AS "createdAt"';

export function addMessageExport(
  app: FastifyInstance,
  databases: Databases,
  faults: ReadonlySet<UsersFaultId>,
): void {
  app.get("/messages/export", async (_request, reply) => {
    if (faults.has("huge-json")) {
      return reply.type("application/json").send(await exportAsOneDocument(databases));
    }
    return reply.type("application/x-ndjson").send(Readable.from(exportAsLines(databases)));
  });
}

/** Faulty: everything in memory at once, and JSON.stringify holds the loop until it has seen it all. */
async function exportAsOneDocument(databases: Databases): Promise<string> {
  const messages = await databases.read<ExportedMessage & Record<string, unknown>>(
    `SELECT ${COLUMNS} FROM messages ORDER BY id`,
  );
  // Until the loop turns again: giving away a text that long is part of it.
  setImmediate(beginHold({ fault: "huge-json", by: "exportAsOneDocument", whom: "everyone" }));
  return JSON.stringify({ count: messages.length, messages });
}

/**
 * Mended: a page at a time, from where the last one ended, when the client has taken the one before. Memory
 * and the longest turn are those of a page, however long the list.
 */
async function* exportAsLines(databases: Databases): AsyncGenerator<string> {
  for (let lastId = 0; ; ) {
    const page = await databases.read<ExportedMessage & Record<string, unknown>>(
      `SELECT ${COLUMNS} FROM messages WHERE id > $1 ORDER BY id LIMIT $2`,
      [lastId, PAGE_ROWS],
    );
    const last = page.at(-1);
    if (last === undefined) return;
    lastId = last.id;
    yield page.map((message) => `${JSON.stringify(message)}\n`).join("");
  }
}
