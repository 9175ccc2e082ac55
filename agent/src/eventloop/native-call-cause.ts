/** The cause that each wrapped call stands for. */
import type { BlockCause } from "../catalog/block";

/** `crypto.pbkdf2Sync` is `sync-crypto`; what no row knows (a native addon) is `native`. */
export function causeOfNativeCall(name: string): BlockCause {
  if (name.startsWith("fs.")) return "sync-io";
  if (name.startsWith("crypto.")) return "sync-crypto";
  if (name.startsWith("zlib.")) return "sync-compression";
  if (name.startsWith("child_process.")) return "child-process";
  if (name.startsWith("JSON.")) return "json";
  if (/^RegExp\.|^String\.(match|matchAll|replace|replaceAll|search|split)$/.test(name)) return "regexp";
  if (name.startsWith("sqlite.")) return "sync-io";
  return "native";
}
