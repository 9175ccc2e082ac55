/**
 * Colours of the charts, from the page's style sheet, so that light, dark and print are decided in one place.
 */

/** The eight of Okabe and Ito (jfly.uni-koeln.de/color), told apart with every kind of colour vision. */
export function lineColour(index: number): string {
  return variable(`--line-${index}`);
}

export function themeColour(name: "text" | "faint" | "grid" | "block" | "limit" | "surface"): string {
  return variable(`--${name}`);
}

/** The same colour, let through. */
export function translucent(colour: string, alpha: number): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  if (match === null) return colour;
  const [red, green, blue] = match.slice(1).map((part) => Number.parseInt(part, 16));
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
