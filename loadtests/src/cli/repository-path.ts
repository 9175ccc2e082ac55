import path from "node:path";

/**
 * A file as CI systems look for it: relative to the repository, with slashes, whatever folder the command
 * runs in. As it was given where it lies outside, or the repository is not known.
 */
export function repositoryPath(file: string, repositoryFolder: string | undefined): string {
  if (repositoryFolder === undefined) return file;
  const relative = path.relative(repositoryFolder, path.resolve(file));
  const isOutside = relative === "" || relative.startsWith("..") || path.isAbsolute(relative);
  return isOutside ? file : relative.split(path.sep).join("/");
}
