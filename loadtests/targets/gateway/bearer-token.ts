import { createHmac, timingSafeEqual } from "node:crypto";

/** What a valid token says of its bearer. */
export interface TokenClaims {
  /** The client: what rate limits count by. */
  readonly subject: string;
}

/**
 * Checks an `Authorization` header: a JSON Web Token (RFC 7519) signed with HS256.
 * @param nowSeconds seconds since the Unix epoch.
 * @returns null for anything that is not valid now; the caller learns no more than that.
 */
export function verifyBearerToken(
  authorization: string | undefined,
  secret: string,
  nowSeconds: number,
): TokenClaims | null {
  const token = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization ?? "");
  const [, header = "", payload = "", signature = ""] = token ?? [];
  if (token === null) return null;
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  // In constant time: how many leading bytes were right is nobody's business.
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  // The algorithm is ours to choose. A token that names another ("none" above all) is no token.
  if (decoded(header)?.alg !== "HS256") return null;
  const claims = decoded(payload);
  if (claims === null || typeof claims.sub !== "string" || claims.sub === "") return null;
  if (typeof claims.exp !== "number" || claims.exp <= nowSeconds) return null;
  if (typeof claims.nbf === "number" && claims.nbf > nowSeconds) return null;
  return { subject: claims.sub };
}

function decoded(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
