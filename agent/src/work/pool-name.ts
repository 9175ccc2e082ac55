import type { DatabasePlace } from "../downstream/downstream-calls";

/** By the conventions `address:port/database`; never a user's name or a password. */
export function poolNameOf({ address, port, namespace }: Omit<DatabasePlace, "system">): string {
  const server = port === "" ? address : `${address}:${port}`;
  return namespace === "" ? server : `${server}/${namespace}`;
}
