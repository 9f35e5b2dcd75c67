/** A time as the API gives it: RFC 3339, UTC, milliseconds. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The same for a time that may not have come yet. */
export function instantOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : instant(milliseconds);
}
