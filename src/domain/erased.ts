/** The value of a subject, a customer's id or a preview after an erasure. No ticket is created with it. */
export const ERASED = "";

/** The value as the API shows it. */
export function unlessErased(value: string): string | null {
  return value === ERASED ? null : value;
}
