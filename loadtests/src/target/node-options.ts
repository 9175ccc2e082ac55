/**
 * `NODE_OPTIONS` with one more `--require` in front, the user's own options kept after it. A path may hold
 * spaces: Node takes double quotes, with the backslash as escape, within the variable.
 */
export function withPreload(preloadPath: string, userOptions: string | undefined): string {
  const quoted = `"${preloadPath.replace(/[\\"]/g, "\\$&")}"`;
  return userOptions === undefined ? `--require ${quoted}` : `--require ${quoted} ${userOptions}`;
}
