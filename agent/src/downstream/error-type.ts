/** `error.type` by the conventions: a code or a class, never a message. */
export function errorTypeOf(error: unknown): string {
  const {
    code,
    name,
    constructor: type,
  } = (error ?? {}) as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly constructor?: { readonly name?: unknown };
  };
  if (typeof code === "string" && code !== "") return code;
  // Most classes of errors do not set a name of their own.
  const named = name === "Error" ? (type?.name ?? name) : name;
  return typeof named === "string" && named !== "" ? named : "_OTHER";
}
