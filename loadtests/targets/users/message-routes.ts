/** A user's messages: one joined query, or one for each message. */

import type { FastifyInstance } from "fastify";
import { logHolds } from "../service/fault-log.js";
import type { Databases } from "./databases.js";
import type { UsersFaultId } from "./faults.js";
import { ID_PARAMETER, type IdParameter, noSuchUser } from "./user-routes.js";

interface Message {
  readonly id: number;
  readonly author: string;
  readonly content: string;
  readonly createdAt: Date;
}

const PAGE = 20;

const LIMIT_QUERY = {
  type: "object",
  properties: { limit: { type: "integer", minimum: 1, maximum: 100, default: PAGE } },
} as const;

export function addMessageRoutes(
  app: FastifyInstance,
  databases: Databases,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const findMessages = findMessagesOf(faults);
  app.get<{ Params: IdParameter; Querystring: { readonly limit: number } }>(
    "/users/:id/messages",
    { schema: { params: ID_PARAMETER, querystring: LIMIT_QUERY } },
    async ({ params, query }) => {
      const messages = await findMessages(databases, params.id, query.limit);
      if (messages === undefined) throw noSuchUser(params.id);
      return { user: params.id, count: messages.length, messages };
    },
  );
}

function findMessagesOf(faults: ReadonlySet<UsersFaultId>): typeof findMessagesJoined {
  const find = faults.has("n-plus-one") ? findMessagesOneByOne : findMessagesJoined;
  // With both, one by one and each without its index, the many are what is logged.
  const fault = (["n-plus-one", "query-without-index"] as const).find((id) => faults.has(id));
  return fault === undefined ? find : logHolds({ fault, whom: "request" }, find);
}

/** Mended: the database joins; one round trip, whatever the number of messages. Undefined: no such user. */
async function findMessagesJoined(
  databases: Databases,
  userId: number,
  limit: number,
): Promise<readonly Message[] | undefined> {
  // The outer join tells "no messages" from "no user".
  const rows = await databases.read<{ [K in keyof Message]: Message[K] | null }>(
    `SELECT m.id, u.name AS author, m.content, m.created_at AS "createdAt"
     FROM users u LEFT JOIN messages m ON m.user_id = u.id
     WHERE u.id = $1 ORDER BY m.created_at DESC, m.id DESC LIMIT $2`,
    [userId, limit],
  );
  return rows.length === 0 ? undefined : rows.filter((row): row is Message => row.id !== null);
}

/**
 * Faulty: one query for the list, then two for each of its items. Every one is fast; together they are forty
 * round trips in a row, and forty turns on a pool that others wait for.
 */
async function findMessagesOneByOne(
  databases: Databases,
  userId: number,
  limit: number,
): Promise<readonly Message[] | undefined> {
  const [user] = await databases.read("SELECT id FROM users WHERE id = $1", [userId]);
  if (user === undefined) return undefined;
  const list = await databases.read<{ readonly id: number }>(
    "SELECT id FROM messages WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
    [userId, limit],
  );
  const messages: Message[] = [];
  for (const { id } of list) {
    const [author] = await databases.read<{ readonly name: string }>("SELECT name FROM users WHERE id = $1", [
      userId,
    ]);
    const [message] = await databases.read<Omit<Message, "author">>(
      'SELECT id, content, created_at AS "createdAt" FROM messages WHERE id = $1',
      [id],
    );
    if (author !== undefined && message !== undefined) messages.push({ ...message, author: author.name });
  }
  return messages;
}
