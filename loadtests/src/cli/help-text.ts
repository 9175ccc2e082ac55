import type { OptionDefinition, VerbDefinition } from "./command-options.js";

const WIDTH = 100;

/** What `loopscope --help` prints. */
export function renderOverview(verbs: readonly VerbDefinition[]): string {
  const column = Math.max(...verbs.map((verb) => verb.name.length)) + 2;
  return [
    "Loopscope shows what blocks a Node.js service while it is under load.",
    "",
    "Usage: loopscope <verb> [options] [-- command that starts the target]",
    "",
    ...verbs.map((verb) => `  ${verb.name.padEnd(column)}${verb.summary}`),
    "",
    "Options of a verb: loopscope <verb> --help. Version: loopscope --version.",
    "",
  ].join("\n");
}

/** What `loopscope <verb> --help` prints. */
export function renderVerbHelp(verb: VerbDefinition): string {
  const left = verb.options.map(optionLabel);
  const column = Math.min(Math.max(...left.map((label) => label.length)) + 2, 34);
  const lines = verb.options.flatMap((option, index) => {
    const label = left[index] ?? "";
    const text = wrap(option.description, WIDTH - column - 2);
    const [first, ...rest] = text;
    const head =
      label.length + 2 > column
        ? [`  ${label}`, `  ${" ".repeat(column)}${first}`]
        : [`  ${label.padEnd(column)}${first}`];
    return [...head, ...rest.map((line) => `  ${" ".repeat(column)}${line}`)];
  });
  const examples =
    verb.examples.length === 0 ? [] : ["", "Examples:", ...verb.examples.map((line) => `  ${line}`)];
  return [
    `Usage: loopscope ${verb.usage}`,
    "",
    ...wrap(verb.summary, WIDTH),
    "",
    "Options:",
    ...lines,
    ...examples,
    "",
  ].join("\n");
}

function optionLabel(option: OptionDefinition): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  return `${short}--${option.name}${option.value === undefined ? "" : ` ${option.value}`}`;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}
