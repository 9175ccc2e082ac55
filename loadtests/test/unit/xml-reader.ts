/** A strict reader of XML 1.0 without namespaces, document types or processing: what it takes, every reader takes. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All text directly within, entities resolved. */
  readonly text: string;
}

const TOKEN = /<\?xml[^?]*\?>|<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|[^<]+/gy;
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** @throws Error with the place where the text is no well-formed document. */
export function readXml(text: string): XmlElement {
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden !== null) throw new Error(`XML cannot hold the character at ${forbidden.index}`);
  const root = { name: "", attributes: {}, children: [] as XmlElement[], text: "" };
  const open = [root];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const [whole, closed, opened, attributes = "", selfClosing] = match;
    const parent = open.at(-1) ?? root;
    if (closed !== undefined) {
      if (closed !== parent.name) throw new Error(`</${closed}> closes <${parent.name}> at ${match.index}`);
      open.pop();
    } else if (opened !== undefined) {
      const element = {
        name: opened,
        attributes: readAttributes(attributes),
        children: [] as XmlElement[],
        text: "",
      };
      parent.children.push(element);
      if (selfClosing === "") open.push(element);
    } else if (!whole.startsWith("<?")) parent.text += unescaped(whole);
  }
  const [only] = root.children;
  if (end !== text.length) throw new Error(`not well-formed at ${end}: ${text.slice(end, end + 40)}`);
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> is never closed`);
  if (only === undefined || root.children.length > 1 || root.text.trim() !== "")
    throw new Error("one root element");
  return only;
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`${name} is there twice`);
    attributes[name] = unescaped(value);
  }
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (text.includes("]]>")) throw new Error("]]> must be escaped");
  return text.replace(/&(\w+;)?/g, (_, entity: string | undefined) => {
    const character = ENTITIES[entity?.slice(0, -1) ?? ""];
    if (character === undefined) throw new Error(`& must begin an entity, got &${entity ?? ""}`);
    return character;
  });
}
