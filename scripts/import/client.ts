import { z } from "zod";
import { Failure } from "../local/run.ts";
import { EdgedeskClient, Refused } from "../service/client.ts";

const ImportAnswer = z.object({
  taken: z.number(),
  repeated: z.number(),
  // A Worker of an earlier version names all refused lines, and does not send their number.
  refused_count: z.number().optional(),
  refused_truncated: z.boolean().default(false),
  refused: z.array(
    z.object({ line: z.number(), errors: z.array(z.object({ detail: z.string(), pointer: z.string().nullish() })) }),
  ),
  next_line: z.number().nullish(),
  recorded_at: z.string().nullable(),
});
const Projections = z.object({
  backlog: z.object({ count: z.number(), oldest_seconds: z.number().nullish() }),
  dead_letters: z.number().nullish(),
  as_of: z.string(),
});

/** The answer to a chunk; `line` counts within the chunk. */
export type ImportAnswer = z.infer<typeof ImportAnswer>;

/** The lag of the lists. */
export type Projections = z.infer<typeof Projections>;

/** The chunk has more bytes than the server accepts. */
export class TooLarge extends Failure {}

/** The part of the API that an import needs. */
export class ImportClient extends EdgedeskClient {
  /**
   * Sends one chunk. Repeating it is harmless: the server recognizes a ticket by its `external_id`.
   *
   * @throws TooLarge on 413; Failure on any other answer but 2xx; Cancelled.
   */
  async import(bytes: Buffer<ArrayBuffer>): Promise<ImportAnswer> {
    const body = { bytes, type: "application/x-ndjson" };
    try {
      return await this.ask({ method: "POST", path: "tickets/import", body }, ImportAnswer);
    } catch (error) {
      if (error instanceof Refused && error.status === 413) throw new TooLarge(error.said);
      throw error;
    }
  }

  /**
   * Reads the lag of the lists.
   *
   * @throws Failure on any answer but 2xx; Cancelled.
   */
  async projections(): Promise<Projections> {
    return this.ask({ method: "GET", path: "projections" }, Projections);
  }
}
