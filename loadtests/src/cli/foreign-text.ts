import { withoutGithubCommands } from "../report/github-commands.js";
import type { CommandEnvironment } from "./command-environment.js";

/** Text that a script, a target or a server chose, as it may be printed where the command runs. */
export function foreignText(
  text: string,
  { githubActions }: Pick<CommandEnvironment, "githubActions">,
): string {
  return githubActions ? withoutGithubCommands(text) : text;
}
