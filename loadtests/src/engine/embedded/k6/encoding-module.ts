/** `k6/encoding`: base64 in its four forms. */

import { arrayBufferOf, bytesFromScript } from "./script-bytes.js";

const FORMS: ReadonlySet<string> = new Set(["std", "rawstd", "url", "rawurl"]);

export function createEncodingModule(): Readonly<Record<string, unknown>> {
  return { b64encode, b64decode };
}

function b64encode(input: unknown, form: unknown = "std"): string {
  const bytes = bytesFromScript(input, "b64encode's input");
  const name = formOf(form);
  const text = bytes.toString(name.endsWith("url") ? "base64url" : "base64");
  if (name === "rawstd") return text.replace(/=+$/, "");
  return name === "url" ? text.padEnd(Math.ceil(text.length / 4) * 4, "=") : text;
}

/** @param format "s" for a text; otherwise bytes */
function b64decode(input: unknown, form: unknown = "std", format?: unknown): string | ArrayBuffer {
  formOf(form);
  const text = String(input);
  if (!/^[A-Za-z0-9+/_-]*={0,2}\s*$/.test(text))
    throw new Error(`b64decode: illegal base64 data ${JSON.stringify(text)}`);
  const bytes = Buffer.from(text, "base64");
  return format === "s" ? bytes.toString("utf8") : arrayBufferOf(bytes);
}

function formOf(form: unknown): string {
  const name = String(form);
  if (!FORMS.has(name))
    throw new Error(`base64 has the forms ${[...FORMS].join(", ")}, got ${JSON.stringify(form)}`);
  return name;
}
