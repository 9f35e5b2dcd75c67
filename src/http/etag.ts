/** The entity tag of a ticket's version (RFC 9110, section 8.8.3). */
export function etag(version: number): string {
  return `"v${version}"`;
}

/**
 * Whether `If-None-Match` names the tag: weak comparison (RFC 9110, section 13.1.2).
 *
 * @param header the header's value, a list of tags or `*`
 */
export function isNotModified(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(",").map((candidate) => candidate.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
