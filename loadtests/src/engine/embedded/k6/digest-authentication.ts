import { createHash, randomBytes } from "node:crypto";

/**
 * The `Authorization` header that answers a Digest challenge (RFC 7616): MD5 or SHA-256, with `qop=auth` or without.
 * @param credentials `user:password`
 */
export function digestAnswer(challenge: string, credentials: string, method: string, path: string): string {
  const field = (name: string): string | undefined => {
    const found = new RegExp(`(?:^|[\\s,])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,]+))`, "i").exec(
      challenge,
    );
    return found?.[1] ?? found?.[2];
  };
  const [user = "", password = ""] = credentials.split(/:(.*)/s);
  const realm = field("realm") ?? "";
  const nonce = field("nonce") ?? "";
  const opaque = field("opaque");
  const algorithm = field("algorithm");
  const hashName = algorithm?.toUpperCase().startsWith("SHA-256") === true ? "sha256" : "md5";
  const hash = (text: string) => createHash(hashName).update(text).digest("hex");
  const clientNonce = randomBytes(8).toString("hex");
  const count = "00000001";
  const plain = hash(`${user}:${realm}:${password}`);
  const secret =
    algorithm?.toLowerCase().endsWith("-sess") === true ? hash(`${plain}:${nonce}:${clientNonce}`) : plain;
  const request = hash(`${method}:${path}`);
  const hasQop =
    field("qop")
      ?.split(",")
      .some((one) => one.trim() === "auth") === true;
  const response = hasQop
    ? hash(`${secret}:${nonce}:${count}:${clientNonce}:auth:${request}`)
    : hash(`${secret}:${nonce}:${request}`);
  let header = `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${path}", response="${response}"`;
  if (algorithm !== undefined) header += `, algorithm=${algorithm}`;
  if (opaque !== undefined) header += `, opaque="${opaque}"`;
  if (hasQop) header += `, qop=auth, nc=${count}, cnonce="${clientNonce}"`;
  return header;
}
