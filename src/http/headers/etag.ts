/** The entity tag of a ticket's version (RFC 9110, section 8.8.3). */
export function etag(version: number): string {
  return `"v${version}"`;
}

/** The entity tag of a list: weak, because its `as_of` may move on while nothing else does (RFC 9110, section 8.8.1). */
export function weakEtag(opaque: string): string {
  return `W/"${opaque}"`;
}

/** What a header names: entity tags without their quotes, or `*` for any. */
export type EntityTags = readonly string[] | "*";

const OPAQUE_TAG = String.raw`"([\x21\x23-\x7e\x80-\xff]*)"`;
const ENTITY_TAG = `(?:W/)?${OPAQUE_TAG.replace("(", "(?:")}`;

/** `*`, or entity tags with commas between them. A list may have empty elements (RFC 9110, section 5.6.1.2). */
export const ENTITY_TAGS = new RegExp(
  `^(?:\\*|(?:[ \\t]*,)*[ \\t]*${ENTITY_TAG}(?:[ \\t]*,(?:[ \\t]*${ENTITY_TAG})?)*)[ \\t]*$`,
);

/** The entity tags that a header names, for a weak comparison (RFC 9110, section 8.8.3.2). Anything else in it matches nothing. */
export function entityTags(header = ""): EntityTags {
  if (header.trim() === "*") return "*";
  return Array.from(header.matchAll(new RegExp(OPAQUE_TAG, "g")), ([, opaque = ""]) => opaque);
}

/** Whether these tags name a strong one, weakened or not. */
export function includesTag(tags: EntityTags, tag: string): boolean {
  return tags === "*" || tags.some((opaque) => `"${opaque}"` === tag);
}
