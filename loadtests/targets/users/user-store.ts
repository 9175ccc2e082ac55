/** Users in PostgreSQL. */

import type pg from "pg";
import { invalidContent } from "../service/problem-details.js";
import type { Databases } from "./databases.js";
import type { NewUser, User } from "./user-rows.js";

interface UserRow {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly created_at: Date;
}

/** @throws PostgreSQL's unique_violation when the email is taken. */
export async function insertUser(databases: Databases, user: NewUser, passwordHash: string): Promise<User> {
  const { rows } = await databases.primary.query<UserRow>(
    "INSERT INTO users (name, email, password_hash) VALUES ($1, $2, $3) RETURNING id, name, email, created_at",
    [user.name, user.email, passwordHash],
  );
  return userOf(rows[0] as UserRow);
}

/**
 * Inserts all or none. One statement for the whole batch: a round trip for each row would cost more than the
 * rows. In the order of emails: two batches that share some would otherwise wait for each other, a deadlock.
 * Users of a batch have no password until they ask for one.
 * @throws Problem 422 naming the rows whose email is taken.
 */
export async function insertUsers(databases: Databases, users: readonly NewUser[]): Promise<readonly User[]> {
  return databases.transaction(async (client: pg.PoolClient) => {
    const { rows } = await client.query<UserRow>(
      `INSERT INTO users (name, email)
       SELECT * FROM unnest($1::text[], $2::text[]) AS batch (name, email)
       ORDER BY email
       ON CONFLICT (email) DO NOTHING
       RETURNING id, name, email, created_at`,
      [users.map(({ name }) => name), users.map(({ email }) => email)],
    );
    const inserted = new Map(rows.map((row) => [row.email, row]));
    const taken = users.flatMap(({ email }, row) =>
      inserted.has(email) ? [] : [{ row, field: "email", message: "belongs to another user" }],
    );
    // Thrown inside the transaction: the good rows go too.
    if (taken.length > 0) throw invalidContent("No user was created: some rows are bad.", taken);
    return users.map(({ email }) => userOf(inserted.get(email) as UserRow));
  });
}

/** Undefined when there is no such user. */
export async function findUser(databases: Databases, id: number): Promise<User | undefined> {
  const [row] = await databases.read<UserRow>("SELECT id, name, email, created_at FROM users WHERE id = $1", [
    id,
  ]);
  return row === undefined ? undefined : userOf(row);
}

function userOf(row: UserRow): User {
  return { id: row.id, name: row.name, email: row.email, createdAt: row.created_at.toISOString() };
}
