import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { startEmbeddedPostgres } from "../../targets/embedded-postgres/embedded-postgres.js";
import { startWatchedTarget, type WatchedTarget } from "./watched-target.js";

/** Value of the one sample of a metric that has all these labels. */
function sampleOf(exposition: string, name: string, label: string): number {
  const line = exposition
    .split("\n")
    .find((candidate) => candidate.startsWith(`${name}{`) && candidate.includes(label));
  assert.ok(line !== undefined, `${name} with ${label} is missing:\n${exposition}`);
  return Number(line.slice(line.lastIndexOf(" ") + 1));
}

async function askTogether(service: WatchedTarget, times: number): Promise<void> {
  const url = `${service.target.url}/users/1/messages`;
  const answers = await Promise.all(Array.from({ length: times }, () => fetch(url)));
  for (const answer of answers) assert.equal(answer.status, 200, await answer.text());
}

test("a pg pool is measured without code, and its connections are those that PostgreSQL counts", async (context) => {
  const server = await startEmbeddedPostgres();
  context.after(() => server.stop());
  const service = await startWatchedTarget(context, "users", { DATABASE_URL: server.url });
  await askTogether(service, 40);

  const metrics = await service.metrics();
  const idle = sampleOf(metrics, "db_client_connection_count", 'db_client_connection_state="idle"');
  const used = sampleOf(metrics, "db_client_connection_count", 'db_client_connection_state="used"');
  const observer = new pg.Client(server.url);
  await observer.connect();
  const { rows } = await observer.query(
    "select count(*)::int as connections from pg_stat_activity " +
      "where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  await observer.end();
  assert.equal(idle + used, rows[0].connections);
  assert.equal(sampleOf(metrics, "db_client_connection_max", "postgres"), 20);
  assert.ok(sampleOf(metrics, "db_client_connection_use_time_seconds_count", "postgres") >= 40);
  assert.doesNotMatch(metrics, /password|:\/\/[^"]*@/, "a connection's secrets are no label");
});

test("callers that wait for a connection show as pending, and their wait is timed", async (context) => {
  const service = await startWatchedTarget(context, "users", { FAULT: "pool-too-small" });
  let mostPending = 0;
  for (let attempt = 0; attempt < 20 && mostPending === 0; attempt++) {
    const answers = askTogether(service, 100);
    const pending = sampleOf(await service.metrics(), "db_client_connection_pending_requests", "postgres");
    mostPending = Math.max(mostPending, pending);
    await answers;
  }
  assert.ok(mostPending > 0, "nobody was ever seen waiting");
  assert.ok(sampleOf(await service.metrics(), "db_client_connection_wait_time_seconds_sum", "postgres") > 0);
});
