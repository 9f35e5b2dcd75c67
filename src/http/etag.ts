/** The entity tag of a ticket's version (RFC 9110, section 8.8.3). */
export function etag(version: number): string {
  return `"v${version}"`;
}

/** The entity tag of a list: weak, because its `as_of` may move on while nothing else does (RFC 9110, section 8.8.1). */
export function weakEtag(opaque: string): string {
  return `W/"${opaque}"`;
}

/** Nobody has more pages of one list. */
const MOST_TAGS = 10;

/**
 * The tags that `If-None-Match` names, without their quotes, or `*`: for a weak comparison (RFC 9110, section 13.1.2). What is no tag
 * is none of ours.
 */
export function knownTags(header: string | undefined): readonly string[] | "*" {
  if (header?.trim() === "*") return "*";
  const tags = [...(header ?? "").matchAll(/"([\x21\x23-\x7e\x80-\xff]*)"/g)];
  return tags.slice(0, MOST_TAGS).map(([, opaque = ""]) => opaque);
}

/** Whether `If-None-Match` names the tag. */
export function isNotModified(header: string | undefined, tag: string): boolean {
  const tags = knownTags(header);
  return tags === "*" || tags.some((opaque) => `"${opaque}"` === tag);
}
