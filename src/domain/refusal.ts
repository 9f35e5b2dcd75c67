/** Why the service refused; `http/problem.ts` gives each its status. */
export type RefusalCode =
  | "ticket-not-found"
  | "ticket-closed"
  | "ticket-erased"
  | "transition-not-allowed"
  | "concurrent-change"
  | "external-id-taken"
  | "unknown-follow-up"
  | "invalid-cursor"
  | "no-agent"
  | "cursor-gone"
  | "too-many-lines"
  | "precondition-failed"
  | "idempotency-key-reused"
  | "not-yet-consistent"
  | "rebuilding"
  | "not-parked"
  | "newer-deployment"
  | "key-not-found"
  | "other-workspace"
  | "already-expired"
  | "malformed-header";

/** An answer of the domain that is not the wished one: the caller's to mend, never the service's fault. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  readonly code: RefusalCode;
  /** What is at fault, where it is one thing: a JSON pointer (RFC 6901) into the body, or a parameter's or header's name. */
  readonly field: string | undefined;

  /** @param message one sentence for the caller */
  constructor(code: RefusalCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
