import { startEmbeddedPostgres } from "../embedded-postgres/embedded-postgres.js";
import { type Databases, openDatabases } from "./databases.js";
import type { UsersSettings } from "./users-settings.js";

export interface FoundDatabases {
  readonly databases: Databases;
  close(): Promise<void>;
}

/**
 * DATABASE_URL (and DATABASE_REPLICA_URL), or a PostgreSQL of our own that ends with the service.
 * @throws Error with one sentence when no database can be reached.
 */
export async function findDatabases(settings: UsersSettings): Promise<FoundDatabases> {
  if (settings.databaseUrl === undefined && settings.replicaUrl !== undefined) {
    throw new Error("DATABASE_REPLICA_URL needs DATABASE_URL: a replica of which primary?");
  }
  const embedded = settings.databaseUrl === undefined ? await startEmbeddedPostgres() : undefined;
  const primaryUrl = settings.databaseUrl ?? embedded?.url ?? "";
  try {
    const databases = await openDatabases({
      primaryUrl,
      replicaUrl: settings.replicaUrl ?? primaryUrl,
      poolMax: settings.poolMax,
      poolWaitMs: settings.poolWaitMs,
      statementTimeoutMs: settings.statementTimeoutMs,
    });
    return {
      databases,
      close: async () => {
        await databases.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
