/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it may stand in an element or an attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? "");

const number = (value: string | number): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : value;

/** An element with finished elements in it. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(number(value))}"`],
  );
  const inner = content.join("");
  return inner === "" ? `<${name}${given.join("")}/>` : `<${name}${given.join("")}>${inner}</${name}>`;
}

/** An element with a text in it. */
export const textElement = (name: string, attributes: Attributes, text: string): string =>
  element(name, attributes, escaped(text));

/** A line through points. */
export const polyline = (points: readonly (readonly [number, number])[], attributes: Attributes): string =>
  element("polyline", { ...attributes, points: points.map((point) => point.map(number).join(",")).join(" ") });
