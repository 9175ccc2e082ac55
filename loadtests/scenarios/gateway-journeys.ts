/** What clients do at the gateway: the steps that its scenarios are made of. */

import { check } from "k6";
import crypto from "k6/crypto";
import encoding from "k6/encoding";
import exec from "k6/execution";
import http from "k6/http";

const BASE_URL = __ENV.BASE_URL ?? "http://127.0.0.1:3000";
const TOKEN_SECRET = __ENV.TOKEN_SECRET ?? "the secret of an example";
/** More than the highest rate here needs, since each may ask a hundred times a minute. */
const CLIENTS = 4_000;
const TOKEN_SECONDS = 24 * 3600;

/** For `setup`: fails early when the service is not there. */
export function checkGateway(): void {
  const health = http.get(`${BASE_URL}/healthz`, { tags: { name: "GET /healthz" } });
  if (health.status !== 200) exec.test.abort(`${BASE_URL} is not the gateway, or not well`);
}

/**
 * Looks at a product (popular ones are cached), a user, and now and then orders or looks through
 * everything.
 */
export function shop(): void {
  const turn = exec.scenario.iterationInTest;
  const headers = { Authorization: `Bearer ${tokenOf(turn % CLIENTS)}` };
  const product = http.get(`${BASE_URL}/api/products/${turn % 50}`, {
    headers,
    tags: { name: "GET /api/products/:id" },
  });
  check(product, { "product found": (answer) => answer.status === 200 });
  const user = http.get(`${BASE_URL}/api/users/${turn}`, { headers, tags: { name: "GET /api/users/:id" } });
  check(user, { "user found": (answer) => answer.status === 200 && answer.json("service") === "users" });
  if (turn % 5 === 0) {
    const order = http.post(`${BASE_URL}/api/orders/`, JSON.stringify({ product: turn % 50 }), {
      headers: { ...headers, "Content-Type": "application/json" },
      tags: { name: "POST /api/orders" },
    });
    check(order, { "order taken": (answer) => answer.status === 201 });
  }
  if (turn % 40 === 0) {
    const catalogue = http.get(`${BASE_URL}/api/products/catalogue`, {
      headers,
      responseType: "none",
      tags: { name: "GET /api/products/catalogue" },
    });
    check(catalogue, { "catalogue sent": (answer) => answer.status === 200 });
  }
}

const tokens: Record<number, string> = {};

/** A JSON Web Token, signed as the gateway's identity provider would. */
function tokenOf(client: number): string {
  const known = tokens[client];
  if (known !== undefined) return known;
  const expires = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
  const header = encoding.b64encode(JSON.stringify({ alg: "HS256", typ: "JWT" }), "rawurl");
  const claims = encoding.b64encode(JSON.stringify({ sub: `client-${client}`, exp: expires }), "rawurl");
  const signature = crypto.hmac("sha256", TOKEN_SECRET, `${header}.${claims}`, "base64rawurl");
  const token = `${header}.${claims}.${signature}`;
  tokens[client] = token;
  return token;
}
