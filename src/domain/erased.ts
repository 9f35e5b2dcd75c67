/** What stands for a subject, a customer's id or a preview that was erased. No ticket is created with such a one. */
export const ERASED = "";

/** The same as the API shows it. */
export function unlessErased(value: string): string | null {
  return value === ERASED ? null : value;
}
