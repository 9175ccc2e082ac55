/** What the file of a frame tells: whose code it is, and whether modules are being loaded. */

interface FrameFile {
  readonly file: string | null;
}

/** Frames of each stack that a block keeps, innermost first. */
export const MAX_STACK_FRAMES = 40;

const LOADER_FILES = /^node:internal\/(modules\/|process\/esm_loader)/;

/** The application's own code: neither a dependency's nor Node's. */
export function isOfApplication({ file }: FrameFile): boolean {
  return file !== null && !file.startsWith("node:") && !/[\\/]node_modules[\\/]/.test(file);
}

/** The application's own code or a dependency's: built-ins, Node's own and WebAssembly are named by their callers. */
export function hasNamedFile({ file }: FrameFile): boolean {
  return file !== null && !/^(node|wasm):/.test(file);
}

/** Node's code that loads modules: what runs above it in a stack runs because a module is loaded. */
export function isOfLoader({ file }: FrameFile): boolean {
  return file !== null && LOADER_FILES.test(file);
}
