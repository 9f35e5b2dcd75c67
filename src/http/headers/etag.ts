/** The entity tag of a ticket's version (RFC 9110, section 8.8.3). */
export function etag(version: number): string {
  return `"v${version}"`;
}

/** The entity tag of a list: weak, because `as_of` may change alone (RFC 9110, section 8.8.1). */
export function weakEtag(opaque: string): string {
  return `W/"${opaque}"`;
}

/** Entity tags without their quotes, or `*` for any. */
export type EntityTags = readonly string[] | "*";

const OPAQUE_TAG = String.raw`"([\x21\x23-\x7e\x80-\xff]*)"`;
const ENTITY_TAG = `(?:W/)?${OPAQUE_TAG.replace("(", "(?:")}`;

/** `*`, or entity tags separated by commas. A list may have empty elements (RFC 9110, section 5.6.1.2). */
export const ENTITY_TAGS = new RegExp(
  `^(?:\\*|(?:[ \\t]*,)*[ \\t]*${ENTITY_TAG}(?:[ \\t]*,(?:[ \\t]*${ENTITY_TAG})?)*)[ \\t]*$`,
);

/** Parses the entity tags of a header for a weak comparison (RFC 9110, section 8.8.3.2). Other text is ignored. */
export function entityTags(header = ""): EntityTags {
  if (header.trim() === "*") return "*";
  return Array.from(header.matchAll(new RegExp(OPAQUE_TAG, "g")), ([, opaque = ""]) => opaque);
}

/** Returns true if one of the tags equals a strong tag, weakened or not. */
export function includesTag(tags: EntityTags, tag: string): boolean {
  return tags === "*" || tags.some((opaque) => `"${opaque}"` === tag);
}
