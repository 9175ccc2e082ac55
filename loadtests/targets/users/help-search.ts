/** A search through help articles that lie on disk: with synchronous file calls, or asynchronous ones. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { logHolds } from "../service/fault-log.js";
import type { UsersFaultId } from "./faults.js";

/** Names of the articles in `folder` whose text holds a word, newest first. */
type HelpSearch = (folder: string, word: string) => Promise<readonly string[]>;

/** Files open at a time: libuv's pool has four threads, and others want one too. */
const READERS = 3;
const ARTICLE_TEXT = "How to register, to sign in, and what to do when the password is forgotten. ".repeat(
  25,
);

const WORD_QUERY = {
  type: "object",
  required: ["word"],
  properties: { word: { type: "string", minLength: 1, maxLength: 50 } },
} as const;

export function addHelpSearch(
  app: FastifyInstance,
  articles: number,
  faults: ReadonlySet<UsersFaultId>,
): void {
  const searchOnLoop = logHolds({ fault: "sync-file-read", whom: "everyone" }, searchFilesSync);
  const search: HelpSearch = faults.has("sync-file-read")
    ? async (folder, word) => searchOnLoop(folder, word)
    : searchFiles;
  let folder: Promise<string> | undefined;
  app.addHook("onClose", async () => {
    if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
  });
  app.get<{ Querystring: { readonly word: string } }>(
    "/help",
    { schema: { querystring: WORD_QUERY } },
    async ({ query }) => {
      folder ??= writeArticles(articles);
      const found = await search(await folder, query.word);
      return { count: found.length, articles: found.slice(0, 10) };
    },
  );
}

/** Faulty: each call is short, and thousands in a row are one long turn in which nobody else is served. */
function searchFilesSync(folder: string, word: string): readonly string[] {
  const found: { readonly name: string; readonly writtenMs: number }[] = [];
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (!readFileSync(file, "utf8").includes(word)) continue;
    found.push({ name, writtenMs: statSync(file).mtimeMs });
  }
  return newestFirst(found);
}

/** Mended: the files are read by threads, a few at a time; between any two, others are served. */
async function searchFiles(folder: string, word: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const found: { readonly name: string; readonly writtenMs: number }[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    for (let name = names[next++]; name !== undefined; name = names[next++]) {
      const file = path.join(folder, name);
      const text = await readFile(file, "utf8");
      if (text.includes(word)) found.push({ name, writtenMs: (await stat(file)).mtimeMs });
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return newestFirst(found);
}

function newestFirst(
  articles: readonly { readonly name: string; readonly writtenMs: number }[],
): readonly string[] {
  return [...articles]
    .sort((a, b) => b.writtenMs - a.writtenMs || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

async function writeArticles(count: number): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "loopscope-help-"));
  for (let article = 0; article < count; article++) {
    await writeFile(path.join(folder, `article-${article}.txt`), `Article ${article}. ${ARTICLE_TEXT}`);
  }
  return folder;
}
