// Covers: k6/encoding: b64encode and b64decode in their four forms, text and bytes
import { check } from "k6";
import { b64decode, b64encode } from "k6/encoding";

export const options = { iterations: 1 };

export default function () {
  const bytes = new Uint8Array([251, 255, 254, 1]).buffer;
  check(null, {
    std: () => b64encode("hello") === "aGVsbG8=",
    rawstd: () => b64encode("hello", "rawstd") === "aGVsbG8",
    url: () => b64encode(bytes, "url") === "-__-AQ==",
    rawurl: () => b64encode(bytes, "rawurl") === "-__-AQ",
    text: () => b64decode("aGVsbG8=", "std", "s") === "hello",
    bytes: () => new Uint8Array(b64decode("-__-AQ", "rawurl"))[1] === 255,
  });
}
