// Covers: k6/crypto: one-shot hashes, createHash, hmac, createHMAC, randomBytes, output encodings
import { check } from "k6";
import crypto from "k6/crypto";

const HMAC = "7fd04df92f636fd450bc841c9418e5825c17f33ad9c87c518115a45971f7f77e";

export const options = { iterations: 1 };

export default function () {
  const hasher = crypto.createHash("sha256");
  hasher.update("hello ");
  hasher.update("world!");
  check(null, {
    md5: () => crypto.md5("hello world!", "hex") === "fc3ff98e8c6a0d3087d515c0473f8677",
    sha1: () => crypto.sha1("hello world!", "hex") === "430ce34d020724ed75a196dfc2ad67c77772d169",
    sha256: () => hasher.digest("hex") === "7509e5bda0c762d2bac7f90d758b5b2263fa01ccbc542ab5e3df163be08e6ca9",
    base64: () => crypto.sha1("hello world!", "base64") === "QwzjTQIHJO11oZbfwq1nx3dy0Wk=",
    hmac: () => crypto.hmac("sha256", "a secret", "some data to hash", "hex") === HMAC,
    streamed: () => {
      const keyed = crypto.createHMAC("sha512", "k");
      keyed.update("x");
      return keyed.digest("hex") === crypto.hmac("sha512", "k", "x", "hex");
    },
    random: () => crypto.randomBytes(16).byteLength === 16,
    binary: () => crypto.sha384("x", "binary").byteLength === 48,
  });
}
