import type { OpenBlock } from "../catalog/block";

/** Where a block is, after its length: ` in hashPassword (src/users.ts:31), POST /users`; empty when nothing is known. */
export function blockPlace(
  block: Pick<OpenBlock, "function" | "file" | "line" | "method" | "route">,
): string {
  const { function: name, file, line, method, route } = block;
  const place = file === null ? "" : ` (${file}${line === null ? "" : `:${line}`})`;
  const where = name === null && file === null ? "" : ` in ${name ?? "code"}${place}`;
  const request = route === null ? "" : `, ${method === null ? "" : `${method} `}${route}`;
  return `${where}${request}`;
}
