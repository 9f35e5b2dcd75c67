/** Where an XML text is not well-formed; undefined where it is. It knows elements, attributes and texts: what a plot is made of. */
export function faultOf(xml: string): string | undefined {
  const open: string[] = [];
  let at = 0;
  for (const found of xml.matchAll(/<(\/?)([a-z]+)((?:\s+[a-zA-Z0-9:-]+="[^"<&]*")*)\s*(\/?)>/gu)) {
    const between = xml.slice(at, found.index);
    if (/[<>]|&(?!amp;|lt;|gt;)/u.test(between)) return `a text that is not escaped: ${between}`;
    if (open.length === 0 && between.trim() !== "") return `a text outside of all elements: ${between}`;
    if (open.length === 0 && at > 0) return "more than one root";
    at = found.index + found[0].length;
    const [, slash, name = "", attributes = "", selfClosing] = found;
    const names = [...attributes.matchAll(/([a-zA-Z0-9:-]+)=/gu)].map(([, one]) => one);
    if (new Set(names).size < names.length) return `an attribute twice: ${found[0]}`;
    if (slash === "/" && open.pop() !== name) return `an end without a beginning: ${name}`;
    if (slash !== "/" && selfClosing !== "/") open.push(name);
  }
  if (xml.slice(at).trim() !== "") return `something at the end: ${xml.slice(at)}`;
  return open.length > 0 ? `not ended: ${open.join(", ")}` : undefined;
}
