/**
 * Source maps of files that the application compiles in memory (tsx, ts-node): only the thread that compiled
 * them has these maps, so it hands them to the agent's thread when a block happens in such a file.
 */
import { findSourceMap } from "node:module";

/** What is no JavaScript on disk was compiled on the way. */
const COMPILED = /\.(?:[cm]?tsx?|jsx|vue|svelte|coffee)$/;
const MAX_FILES = 500;

export class CompiledFiles {
  readonly #send: (file: string, payload: unknown) => void;
  readonly #seen = new Set<string>();
  #unsent: string[] = [];

  constructor(send: (file: string, payload: unknown) => void) {
    this.#send = send;
  }

  /** Called inside an interrupt: remembers the name, nothing more. */
  note(file: string): void {
    if (this.#seen.has(file) || this.#seen.size >= MAX_FILES || !COMPILED.test(file)) return;
    this.#seen.add(file);
    this.#unsent.push(file);
  }

  sendMaps(): void {
    for (const file of this.#unsent.splice(0)) {
      const map = findSourceMap(file);
      if (map !== undefined) this.#send(file, map.payload);
    }
  }
}
