/** Longer calls are not compared, characters: comparing must stay cheap beside the call itself. */
const MAX_LENGTH = 2000;
const MAX_VALUES = 16;

/**
 * Equal for two calls of a database that ask the same of it; null for what is too long or too deep to
 * compare. Stays in memory while the call is on its way, and goes nowhere.
 */
export function likenessOf(text: unknown, values: unknown): string | null {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return null;
  if (!Array.isArray(values) || values.length === 0) return text;
  if (values.length > MAX_VALUES) return null;
  let likeness = text;
  for (const value of values) {
    if (typeof value === "object" && value !== null) return null;
    const part = String(value);
    if (part.length > MAX_LENGTH) return null;
    likeness += `\u0001${part}`;
  }
  return likeness;
}
