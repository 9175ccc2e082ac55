/** PostgreSQL refuses to run as root; as root, the server runs under an account that owns nothing. */

import { readFile } from "node:fs/promises";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** In this order: the system's own account for PostgreSQL, and the one that every Unix has. */
const CANDIDATES = ["postgres", "nobody"];

/**
 * The account to run under; undefined when the present one will do.
 * @throws Error when this process is root and the system has none of the candidates.
 */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = lines.find(([candidate]) => candidate === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no account named ${CANDIDATES.join(" or ")} to run it under; ` +
      "start as an ordinary user, or set DATABASE_URL",
  );
}
