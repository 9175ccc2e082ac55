/**
 * The part of gjson's path language (github.com/tidwall/gjson, SYNTAX.md) that k6 scripts use: keys and indexes
 * with dots between, `\.` for a dot in a key, `*` and `?` in keys, `#` for a length or for each element, and
 * `#(key=="value")` with `#` behind it for all.
 */

/** @returns undefined when nothing is there */
export function selectJson(value: unknown, path: string): unknown {
  return walk(value, splitPath(path));
}

function splitPath(path: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let index = 0; index < path.length; index++) {
    const letter = path[index] ?? "";
    if (letter === "\\") part += letter + (path[++index] ?? "");
    else if (letter === "." && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      if (letter === "(") depth++;
      if (letter === ")") depth--;
      part += letter;
    }
  }
  return [...parts, part];
}

function walk(value: unknown, parts: readonly string[]): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return value;
  if (Array.isArray(value)) return walkList(value, part, rest);
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  if (/[*?]/.test(part.replace(/\\./g, ""))) {
    const pattern = keyPattern(part);
    const key = Object.keys(record).find((candidate) => pattern.test(candidate));
    return key === undefined ? undefined : walk(record[key], rest);
  }
  const key = part.replace(/\\(.)/g, "$1");
  return Object.hasOwn(record, key) ? walk(record[key], rest) : undefined;
}

function walkList(list: readonly unknown[], part: string, rest: readonly string[]): unknown {
  if (part === "#") {
    if (rest.length === 0) return list.length;
    return list.map((item) => walk(item, rest)).filter((item) => item !== undefined);
  }
  const query = /^#\((.+)\)(#?)$/.exec(part);
  if (query !== null) {
    const matching = list.filter((item) => matches(item, query[1] ?? ""));
    if (query[2] === "") return matching.length === 0 ? undefined : walk(matching[0], rest);
    return rest.length === 0 ? matching : matching.map((item) => walk(item, rest));
  }
  return /^\d+$/.test(part) ? walk(list[Number(part)], rest) : undefined;
}

function matches(item: unknown, query: string): boolean {
  const parsed = /^(.*?)\s*(==|!=|<=|>=|<|>|%)\s*(.+)$/.exec(query);
  if (parsed === null) return walk(item, splitPath(query)) !== undefined;
  const [, path = "", operator = "", written = ""] = parsed;
  const actual = path === "" ? item : walk(item, splitPath(path));
  if (actual === undefined) return false;
  let wanted: unknown = written;
  try {
    wanted = JSON.parse(written);
  } catch {
    // gjson takes an unquoted text as it stands.
  }
  if (operator === "==") return actual === wanted;
  if (operator === "!=") return actual !== wanted;
  if (operator === "%") return keyPattern(String(wanted)).test(String(actual));
  const [left, right] = [actual as number, wanted as number];
  if (operator === "<") return left < right;
  if (operator === ">") return left > right;
  return operator === "<=" ? left <= right : left >= right;
}

function keyPattern(glob: string): RegExp {
  const source = glob.replace(/\\(.)|([.*+?^${}()|[\]\\])/g, (_all, escaped?: string, special?: string) => {
    if (escaped !== undefined) return `\\${escaped}`;
    return special === "*" ? ".*" : special === "?" ? "." : `\\${special}`;
  });
  return new RegExp(`^${source}$`, "s");
}
