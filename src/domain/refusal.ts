/** The reason of a refusal. `http/problem.ts` maps each to a status. */
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

/** A request that the rules forbid. It is the client's error, never the service's. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  readonly code: RefusalCode;
  /** The part of the request at fault: a JSON pointer (RFC 6901) into the body, or the name of a parameter or header. */
  readonly field: string | undefined;

  /** @param message one sentence for the caller */
  constructor(code: RefusalCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
