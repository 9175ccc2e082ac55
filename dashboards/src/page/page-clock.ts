/** The page's one door to the time. */
export function nowSeconds(): number {
  return Date.now() / 1000;
}
