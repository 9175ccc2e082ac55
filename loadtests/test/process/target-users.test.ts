import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunningTarget } from "./start-target.js";
import { type Answer, get, post, startUsers } from "./users-process.js";

let service: RunningTarget;

before(async () => {
  service = await startUsers();
});
after(async () => {
  await service.stop();
});

function assertProblem(answer: Answer, status: number): void {
  assert.equal(answer.status, status);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.equal(answer.body.status, status);
  assert.ok(answer.body.title !== "" && answer.body.detail !== "");
}

function people(prefix: string, count: number): { name: string; email: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix} ${index}`,
    email: `${prefix}-${index}@example.com`,
  }));
}

test("a user is read from the database first and from the cache afterwards", async () => {
  const first = await get(service, "/users/7");
  assert.equal(first.status, 200);
  assert.equal(first.body.email, "user7@example.com");
  assert.equal(first.headers.get("x-cache"), "miss");
  const second = await get(service, "/users/7");
  assert.equal(second.headers.get("x-cache"), "hit");
  assert.deepEqual(second.body, first.body);
});

test("fifty who ask at once for a user that is not cached share one query", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => get(service, "/users/8")));
  const outcomes = answers.map(({ headers }) => headers.get("x-cache"));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(outcomes.filter((outcome) => outcome === "miss").length, 1);
});

test("the most active authors are counted once and cached", async () => {
  const crowd = await Promise.all(Array.from({ length: 20 }, () => get(service, "/authors")));
  assert.equal(crowd.filter(({ headers }) => headers.get("x-cache") === "miss").length, 1);
  assert.equal(crowd[0]?.body.authors.length, 10);
  assert.equal((await get(service, "/authors")).headers.get("x-cache"), "hit");
});

test("a search through the help articles, the ranking and the statistics answer", async () => {
  const help = await get(service, "/help?word=password");
  assert.equal(help.body.count, 200);
  assert.equal((await get(service, "/help?word=nowhere")).body.count, 0);
  assertProblem(await get(service, "/help"), 422);
  const { products } = (await get(service, "/products/ranking")).body;
  const sold = products.map((product: { sold: number }) => product.sold);
  assert.deepEqual(
    sold,
    [...sold].sort((a, b) => b - a),
  );
  const { bands } = (await get(service, "/products/statistics")).body;
  const counted = bands.reduce((sum: number, band: { products: number }) => sum + band.products, 0);
  assert.equal(counted, 500 * 3000);
});

test("all messages are exported as lines", async () => {
  const answer = await fetch(`${service.url}/messages/export`);
  assert.equal(answer.headers.get("content-type"), "application/x-ndjson");
  const ids = (await answer.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id as number);
  assert.equal(new Set(ids).size, 20_000);
});

test("every answer says how long it took", async () => {
  for (const path of ["/users/1", "/users/1/messages", "/products", "/nowhere", "/users/x"]) {
    const { headers } = await get(service, path);
    assert.match(headers.get("x-response-time") ?? "", /^\d+\.\d{3}ms$/, path);
  }
});

test("a user, a path and a user's messages that do not exist are 404 as problem details", async () => {
  for (const path of ["/users/2000000000", "/users/2000000000/messages", "/nowhere"]) {
    const answer = await get(service, path);
    assertProblem(answer, 404);
    assert.equal(answer.body.instance, path);
  }
});

test("an id that no row can have is 422 and named", async () => {
  for (const id of ["x", "0", "-1", "1.5", "2147483648"]) {
    const answer = await get(service, `/users/${id}`);
    assertProblem(answer, 422);
    assert.equal(answer.body.errors[0].field, "id");
  }
  assertProblem(await get(service, "/users/2147483647"), 404);
});

test("a registration answers 201 with a location, keeps the password to itself and is readable at once", async () => {
  const user = { name: "Ada", email: "Ada@Example.com", password: "an engine of analysis" };
  const created = await post(service, "/users", user);
  assert.equal(created.status, 201);
  assert.deepEqual(Object.keys(created.body).sort(), ["createdAt", "email", "id", "name"]);
  assert.equal(created.body.email, "ada@example.com");
  const location = created.headers.get("location") ?? "";
  const read = await get(service, location);
  assert.deepEqual(read.body, created.body);
  assert.equal(read.headers.get("x-cache"), "hit");
  assertProblem(await post(service, "/users", user), 409);
});

test("a bad registration is 422 and names each bad field", async () => {
  const rows: readonly [unknown, readonly string[]][] = [
    [{}, ["name", "email", "password"]],
    [{ name: " ", email: "a@b.cd", password: "12345678" }, ["name"]],
    [{ name: "A", email: "no-address", password: "12345678" }, ["email"]],
    [{ name: "A", email: "a@b.cd", password: "1234567" }, ["password"]],
    [{ name: "x".repeat(101), email: "a@b", password: 12345678 }, ["name", "email", "password"]],
    ["null", ["body", "password"]],
  ];
  for (const [body, fields] of rows) {
    const answer = await post(service, "/users", body);
    assertProblem(answer, 422);
    assert.deepEqual(
      answer.body.errors.map(({ field }: { field: string }) => field),
      fields,
    );
  }
});

test("a body that is not JSON is 400, one of another type 415, one too large 413", async () => {
  assertProblem(await post(service, "/users", "{"), 400);
  const text = await fetch(`${service.url}/users`, { method: "POST", body: "hello" });
  assert.equal(text.status, 415);
  assertProblem(await post(service, "/users", people("x".repeat(2000), 800)), 413);
});

test("a batch is inserted whole, in order", async () => {
  const created = await post(service, "/users", people("whole", 1000));
  assert.equal(created.status, 201);
  assert.equal(created.body.created, 1000);
  const last = await get(service, `/users/${created.body.ids[999]}`);
  assert.equal(last.body.email, "whole-999@example.com");
});

test("a batch with bad rows inserts nothing and names every one of them", async () => {
  const batch: unknown[] = people("bad", 6);
  batch[1] = { name: "", email: "nothing" };
  batch[3] = 17;
  batch[5] = { name: "Again", email: "BAD-0@example.com" };
  const refused = await post(service, "/users", batch);
  assertProblem(refused, 422);
  const named = refused.body.errors.map(({ row, field }: { row: number; field: string }) => [row, field]);
  assert.deepEqual(named, [
    [1, "name"],
    [1, "email"],
    [3, "body"],
    [5, "email"],
  ]);
  assert.equal((await post(service, "/users", people("bad", 6))).status, 201);
});

test("a batch with an email that is taken inserts nothing and names the row", async () => {
  const batch = people("taken", 5);
  batch[3] = { name: "Somebody", email: "user1@example.com" };
  const refused = await post(service, "/users", batch);
  assertProblem(refused, 422);
  assert.deepEqual(refused.body.errors, [{ row: 3, field: "email", message: "belongs to another user" }]);
  assert.equal((await post(service, "/users", people("taken", 5))).status, 201);
});

test("of two batches that overlap and come at once, one is inserted whole and one not at all", async () => {
  for (let round = 0; round < 10; round++) {
    const one = people(`round${round}`, 40);
    const other = [...one].reverse();
    const answers = await Promise.all([post(service, "/users", one), post(service, "/users", other)]);
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 422], JSON.stringify(answers.map(({ body }) => body.detail)));
  }
});

test("an empty batch and one row too many are 422", async () => {
  assertProblem(await post(service, "/users", []), 422);
  assertProblem(await post(service, "/users", people("many", 1001)), 422);
});

test("a user's messages come with their author, newest first, as many as asked for", async () => {
  const { status, body } = await get(service, "/users/3/messages?limit=5");
  assert.equal(status, 200);
  assert.equal(body.count, 5);
  assert.ok(body.messages.every(({ author }: { author: string }) => author === "User 3"));
  const times = body.messages.map(({ createdAt }: { createdAt: string }) => createdAt);
  assert.deepEqual(times, [...times].sort().reverse());
  assertProblem(await get(service, "/users/3/messages?limit=0"), 422);
  assertProblem(await get(service, "/users/3/messages?limit=101"), 422);
});

test("a user without messages has an empty list, not a 404", async () => {
  const created = await post(service, "/users", people("silent", 1));
  const { status, body } = await get(service, `/users/${created.body.ids[0]}/messages`);
  assert.equal(status, 200);
  assert.deepEqual(body.messages, []);
});

test("products come from all sources at once", async () => {
  const { status, body } = await get(service, "/products");
  assert.equal(status, 200);
  assert.equal(body.partial, false);
  assert.deepEqual(
    body.sources.map(({ name, ok, count }: { name: string; ok: boolean; count: number }) => [
      name,
      ok,
      count,
    ]),
    [
      ["own", true, 50],
      ["north", true, 25],
      ["south", true, 25],
    ],
  );
  assert.equal(body.products.length, 100);
});

test("the benchmark measures three ways to insert and leaves nothing behind", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => get(service, "/benchmark?rows=200")));
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.equal(body.rows, 200);
    assert.ok(body.oneByOneMs > 0 && body.oneTransactionMs > 0 && body.oneStatementMs > 0);
    assert.ok(body.oneByOneMs > body.oneStatementMs, JSON.stringify(body));
  }
  assertProblem(await get(service, "/benchmark?rows=1001"), 422);
});

test("nothing that clients did wrong is in the service's log", () => {
  assert.match(service.output(), /^users listening on \S+\n$/);
});
