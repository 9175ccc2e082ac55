// Covers: automatic cookies, http.cookieJar, jar.set, cookiesForURL, per-request cookies with replace, http.CookieJar, params.jar, response.cookies
import { check } from "k6";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 2, vus: 1 };

export default function () {
  const jar = http.cookieJar();
  check(http.get(`${BASE}/cookies`), { "the jar starts empty": (r) => Object.keys(r.json()).length === 0 });
  const set = http.get(`${BASE}/cookies/set?colour=red`);
  check(set, { "the response shows it": (r) => r.cookies.colour[0].value === "red" });
  check(http.get(`${BASE}/cookies`), { "it comes back": (r) => r.json("colour") === "red" });
  check(jar.cookiesForURL(BASE), { "the jar has it": (c) => c.colour[0] === "red" });
  jar.set(BASE, "shape", "round", { path: "/", max_age: 60 });
  check(http.get(`${BASE}/cookies`), { "set by hand": (r) => r.json("shape") === "round" });
  const replaced = http.get(`${BASE}/cookies`, { cookies: { colour: { value: "blue", replace: true } } });
  check(replaced, { "replaced once": (r) => r.json("colour") === "blue" });
  const own = new http.CookieJar();
  own.set(BASE, "secret", "x");
  check(http.get(`${BASE}/cookies`, { jar: own }), {
    "a jar of its own": (r) => r.json("secret") === "x" && r.json("colour") === undefined,
  });
}
