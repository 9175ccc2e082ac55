// Covers: basic authentication in the URL and by header, digest authentication, k6/encoding for the header
import { check } from "k6";
import encoding from "k6/encoding";
import http from "k6/http";

const BASE = __ENV.BASE;
export const options = { iterations: 1 };

export default function () {
  const withUser = BASE.replace("http://", "http://ann:secret@");
  check(http.get(`${withUser}/basic-auth/ann/secret`), { "in the URL": (r) => r.status === 200 });
  const headers = { Authorization: `Basic ${encoding.b64encode("ann:secret")}` };
  check(http.get(`${BASE}/basic-auth/ann/secret`, { headers }), { "by header": (r) => r.status === 200 });
  check(http.get(`${BASE}/basic-auth/ann/secret`), { "refused without": (r) => r.status === 401 });
  check(http.get(`${withUser}/digest-auth`, { auth: "digest" }), {
    digest: (r) => r.status === 200 && r.json("user") === "ann",
  });
}
