/** How GitHub's runner reads a step's log and what it keeps (ActionCommand.TryParse, TryParseV2 and AddIssue). */

export interface RunnerCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const COMMANDS = new Set(["error", "warning", "notice", "debug", "group", "add-mask", "stop-commands"]);

/** Null: the line is only logged. */
export function readRunnerLine(line: string): RunnerCommand | null {
  const trimmed = line.trimStart();
  const end = trimmed.indexOf("::", 2);
  if (trimmed.startsWith("::") && end >= 0) {
    const unescaped = (text: string): string =>
      text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
    return toCommand(trimmed.slice(2, end), trimmed.slice(end + 2), ",", unescaped);
  }
  const old = /##\[([^\]]*)\](.*)$/s.exec(line);
  return old === null ? null : toCommand(old[1] ?? "", old[2] ?? "", ";", (text) => text);
}

function toCommand(
  head: string,
  data: string,
  separator: string,
  unescaped: (text: string) => string,
): RunnerCommand | null {
  const space = head.indexOf(" ");
  const command = space < 0 ? head : head.slice(0, space);
  if (!COMMANDS.has(command)) return null;
  const properties = (space < 0 ? "" : head.slice(space + 1))
    .split(separator)
    .flatMap((pair) => {
      const equals = pair.indexOf("=");
      return equals < 1 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1)] as const];
    })
    .map(([name, value]) => [name, unescaped(value.replaceAll("%3A", ":").replaceAll("%2C", ","))]);
  return { command, properties: Object.fromEntries(properties), data: unescaped(data) };
}
