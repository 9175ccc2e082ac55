/** What people do with the users service: the steps that its scenarios are made of. */

import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

/** Users that the service begins with: ids 1 to this. */
const SEED_USERS = 1000;
/** Most people look at a few: a tenth of the users gets most of the reads. */
const POPULAR_USERS = 100;

export const BASE_URL = __ENV.BASE_URL ?? "http://127.0.0.1:3000";

/** Told apart by run, so that a database that is kept can be used again. */
export interface RunIdentity {
  readonly runId: string;
}

/** For `setup`: fails early when the service is not there. */
export function identifyRun(): RunIdentity {
  const health = http.get(`${BASE_URL}/healthz`, { tags: { name: "GET /healthz" } });
  if (health.status !== 200) exec.test.abort(`${BASE_URL} is not the users service, or not well`);
  return { runId: Date.now().toString(36) };
}

/** A profile page: the user, the latest messages, and for one in five the shop. */
export function browse(): void {
  const id = someUserId();
  const user = http.get(`${BASE_URL}/users/${id}`, { tags: { name: "GET /users/:id" } });
  check(user, { "user found": (answer) => answer.status === 200 && answer.json("id") === id });
  const messages = http.get(`${BASE_URL}/users/${id}/messages`, {
    tags: { name: "GET /users/:id/messages" },
  });
  check(messages, { "messages listed": (answer) => answer.status === 200 });
  if (exec.scenario.iterationInTest % 5 === 0) listProducts();
}

export function listProducts(): void {
  const products = http.get(`${BASE_URL}/products`, { tags: { name: "GET /products" } });
  check(products, { "every product source answered": (answer) => answer.json("partial") === false });
}

/** A registration: the service has to hash a password. */
export function register({ runId }: RunIdentity): void {
  const name = `${runId}-${exec.scenario.name}-${exec.scenario.iterationInTest}`;
  const body = JSON.stringify({ name, email: `${name}@example.com`, password: `password of ${name}` });
  const user = http.post(`${BASE_URL}/users`, body, {
    headers: { "Content-Type": "application/json" },
    tags: { name: "POST /users" },
  });
  check(user, { "user registered": (answer) => answer.status === 201 });
}

function someUserId(): number {
  const among = Math.random() < 0.8 ? POPULAR_USERS : SEED_USERS;
  return 1 + Math.floor(Math.random() * among);
}
