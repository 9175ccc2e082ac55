/** Registration, batches, and a user by id. */

import type { FastifyInstance } from "fastify";
import { logHolds } from "../service/fault-log.js";
import { Problem } from "../service/problem-details.js";
import { CACHE_TTL_MS } from "./cache-aside.js";
import type { Databases } from "./databases.js";
import { isEmailByPattern, isEmailByScan } from "./email-address.js";
import type { UsersFaultId } from "./faults.js";
import { hashPassword, hashPasswordOffLoop, type PasswordHasher } from "./password-hash.js";
import type { UserCaches } from "./user-caches.js";
import { readBatch, readRegistration } from "./user-rows.js";
import { findUser, insertUser, insertUsers } from "./user-store.js";

/** A path parameter that is a row's id: what PostgreSQL's integer holds. */
export const ID_PARAMETER = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer", minimum: 1, maximum: 2_147_483_647 } },
} as const;

export interface IdParameter {
  readonly id: number;
}

export function addUserRoutes(
  app: FastifyInstance,
  databases: Databases,
  caches: UserCaches,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const hashOnLoop = logHolds({ fault: "sync-password-hash", whom: "everyone" }, hashPassword);
  const hash: PasswordHasher = faults.has("sync-password-hash")
    ? async (password) => hashOnLoop(password)
    : hashPasswordOffLoop;
  const isEmail = faults.has("catastrophic-regexp")
    ? logHolds({ fault: "catastrophic-regexp", whom: "everyone" }, isEmailByPattern)
    : isEmailByScan;
  const cache = caches.create("users", (id) => findUser(databases, id), CACHE_TTL_MS);

  app.post("/users", async (request, reply) => {
    reply.status(201);
    if (Array.isArray(request.body)) {
      const users = await insertUsers(databases, readBatch(request.body, isEmail));
      return { created: users.length, ids: users.map(({ id }) => id) };
    }
    const registration = readRegistration(request.body, isEmail);
    const user = await insertUser(databases, registration, await hash(registration.password));
    cache.remember(user.id, user);
    reply.header("location", `/users/${user.id}`);
    return user;
  });

  app.get<{ Params: IdParameter }>(
    "/users/:id",
    { schema: { params: ID_PARAMETER } },
    async (request, reply) => {
      const { value: user, outcome } = await cache.find(request.params.id);
      reply.header("x-cache", outcome);
      if (user === undefined) throw noSuchUser(request.params.id);
      return user;
    },
  );
}

/** 404, for every route below a user. */
export function noSuchUser(id: number): Problem {
  return new Problem(404, "Not Found", `There is no user ${id}.`);
}
