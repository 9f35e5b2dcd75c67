import { z } from "zod";
import { Failure } from "../local/run.ts";
import { EdgedeskClient, Refused, type Request } from "../service/client.ts";
import {
  type Audit,
  type AuditReport,
  answers,
  type Parked,
  type Rebuild,
  type Retry,
  type Status,
} from "./schemas.ts";

const TOO_OLD = "this Edgedesk is older than the command: deploy the current version first";

/**
 * The operations API. Each request may be repeated: a running job continues, and a finished change stays as it is.
 *
 * Every method throws Failure without a usable answer, and Cancelled.
 */
export class OperationsClient extends EdgedeskClient {
  async status(): Promise<Status> {
    const answer = await this.#operate(
      { method: "GET", path: "projections" },
      z.union([answers.status, answers.oldStatus]),
    );
    if (answer.status === undefined) throw new Failure(TOO_OLD);
    return answer;
  }

  async rebuild(): Promise<Rebuild> {
    return this.#operate({ method: "GET", path: "projections/rebuild" }, answers.rebuild);
  }

  async startRebuild(): Promise<Rebuild> {
    return this.#operate({ method: "POST", path: "projections/rebuild" }, answers.rebuild);
  }

  async cancelRebuild(): Promise<Rebuild> {
    return this.#operate({ method: "DELETE", path: "projections/rebuild" }, answers.rebuild);
  }

  async audit(): Promise<AuditReport> {
    return this.#operate({ method: "GET", path: "projections/audit" }, answers.auditReport);
  }

  async startAudit(): Promise<Audit> {
    return this.#operate({ method: "POST", path: "projections/audit" }, answers.audit);
  }

  async parked(): Promise<Parked> {
    return this.#operate({ method: "GET", path: "projections/parked" }, answers.parked);
  }

  /** @returns the outcome; undefined if the ticket is not parked. */
  async retry(ticketId: string): Promise<Retry | undefined> {
    try {
      return await this.ask({ method: "POST", path: `projections/parked/${ticketId}/retry` }, answers.retry);
    } catch (error) {
      if (error instanceof Refused && error.type === "/problems/not-parked") return undefined;
      throw explained(error);
    }
  }

  /** @returns how many tickets were sent to the queue again. */
  async retryAll(): Promise<number> {
    return (await this.#operate({ method: "POST", path: "projections/parked/retry" }, answers.retryAll)).retried;
  }

  async #operate<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    try {
      return await this.ask(request, schema);
    } catch (error) {
      throw explained(error);
    }
  }
}

/** Every Edgedesk of this version has these routes. */
function explained(error: unknown): unknown {
  if (!(error instanceof Refused) || (error.status !== 404 && error.status !== 405)) return error;
  if (error.type === "/problems/route-not-found") return new Failure(TOO_OLD);
  return new Failure(`${error.message}: is the URL right? If it is, ${TOO_OLD}`);
}
