/** A check that can take exponential time, and one that cannot. */

/** RFC 5321's limit for a path, without its brackets. */
const MAX_EMAIL_LENGTH = 254;

/**
 * Faulty: a group that may match one text in many ways, inside a repetition. A text that fails at its very
 * end (`aaaaaaaaaaaaaaaaaaaaaaaaaaaa!`) makes the engine try them all: each further letter doubles the time.
 */
const AMBIGUOUS = /^([a-z0-9]+[._+-]?)+@([a-z0-9]+[.-]?)+\.[a-z]{2,}$/i;

/** Faulty: one request with a text made for it holds everybody up. */
export function isEmailByPattern(text: string): boolean {
  return AMBIGUOUS.test(text);
}

/** Mended: bounded length first, then one pass; as exact as a check without a message sent can usefully be. */
export function isEmailByScan(text: string): boolean {
  if (text.length > MAX_EMAIL_LENGTH || /[\s,;<>"]/.test(text)) return false;
  const at = text.lastIndexOf("@");
  const domain = text.slice(at + 1);
  const labels = domain.split(".");
  return at > 0 && text.indexOf("@") === at && labels.length > 1 && labels.every(isDomainLabel);
}

function isDomainLabel(label: string): boolean {
  return /^[a-z0-9-]{1,63}$/i.test(label) && !label.startsWith("-") && !label.endsWith("-");
}
