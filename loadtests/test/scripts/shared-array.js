// Covers: k6/data SharedArray, open() of a text and of bytes, __VU and __ITER, data picked by iteration
import { check } from "k6";
import { SharedArray } from "k6/data";
import http from "k6/http";

const users = new SharedArray("users", () => JSON.parse(open("./data/users.json")).users);
const bytes = open("./data/users.json", "b");

export const options = { vus: 2, iterations: 6 };

export default function () {
  const user = users[__ITER % users.length];
  check(user, { "a user": (u) => u.name.length > 0, numbered: () => __VU >= 1 && __VU <= 2 });
  check(bytes, { bytes: (b) => b.byteLength > 10 && new Uint8Array(b)[0] === 123 });
  check(http.post(`${__ENV.BASE}/echo`, bytes), { sent: (r) => r.json("bytes") === bytes.byteLength });
}
