import type { PartError, ProblemCode } from "../http/types.ts";

/** A request that has not brought what was asked for. */
export class EdgedeskError extends Error {
  override readonly name: string = "EdgedeskError";
}

/** No answer came: the service cannot be reached, or the connection broke. `cause` is what `fetch` threw. */
export class NoAnswer extends EdgedeskError {
  override readonly name = "NoAnswer";
}

/** What an answer that says no has told. */
interface Told {
  readonly status: number;
  /** Seconds to wait, where the answer said so. */
  readonly retryAfter: number | undefined;
  /** The id that the service's log has, too. */
  readonly requestId: string | undefined;
}

/** An answer that says no. */
abstract class Refused extends EdgedeskError implements Told {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;

  constructor(message: string, { status, retryAfter, requestId }: Told) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
  }
}

/** An answer that is not Edgedesk's: a proxy's page, or another service's at this address. */
export class UnexpectedAnswer extends Refused {
  override readonly name = "UnexpectedAnswer";
  readonly contentType: string;
  /** How the body begins: 200 characters of it. */
  readonly beginning: string;

  constructor(message: string, told: Told & { readonly contentType: string; readonly beginning: string }) {
    super(message, told);
    this.contentType = told.contentType;
    this.beginning = told.beginning;
  }
}

/** A problem document (RFC 9457): the service has understood, and says no. */
export class EdgedeskProblem extends Refused {
  override readonly name = "EdgedeskProblem";
  /** What to branch on. A newer service may send one that is not in this list yet: have a default. */
  readonly type: ProblemCode;
  /** The type in words. */
  readonly title: string;
  /** What happened this time, in words; they may change. */
  readonly detail: string;
  /** Which parts of the request are at fault, where it is single ones. */
  readonly errors: readonly PartError[];

  constructor(problem: Told & Pick<EdgedeskProblem, "type" | "title" | "detail" | "errors">) {
    super(`${problem.title}: ${problem.detail}`, problem);
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail;
    this.errors = problem.errors;
  }
}

/**
 * The key was made, but by an earlier try or call with the same idempotency key, and a key is shown once only. If nobody has it
 * from then, revoke the key of this id and make another.
 */
export class KeyNotShown extends EdgedeskError {
  override readonly name = "KeyNotShown";
  /** The id of the key. */
  readonly id: string;

  constructor(id: string) {
    super(`The key ${id} was made, but the answer that showed it is gone: revoke it, and make another`);
    this.id = id;
  }
}
