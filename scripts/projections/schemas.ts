import { z } from "zod";

const time = z.string().nullable();

const Rebuild = z.looseObject({
  state: z.enum(["idle", "running", "verifying", "finished", "cancelled"]),
  run: z.number(),
  projector: z.number(),
  done: z.number(),
  total: z.number(),
  failed: z.number(),
  rate: z.number().nullable(),
  seconds_left: z.number().nullable(),
  lists: z.enum(["served", "waiting"]),
  started_at: time,
  finished_at: time,
  drift_found: z.number().nullable(),
});

const audit = {
  state: z.enum(["idle", "running", "finished"]),
  run: z.number(),
  done: z.number(),
  total: z.number(),
  coverage: z.number(),
  rate: z.number().nullable(),
  seconds_left: z.number().nullable(),
  found: z.number(),
  started_at: time,
  finished_at: time,
  age_seconds: z.number().nullable(),
};

const Status = z.looseObject({
  status: z.enum(["ok", "degraded"]),
  reasons: z.array(z.looseObject({ code: z.string(), detail: z.string() })),
  as_of: z.string(),
  backlog: z.looseObject({ count: z.number(), oldest_seconds: z.number().nullable() }),
  parked: z.number(),
  dead_letters: z.number(),
  projected: z.looseObject({
    tickets: z.number(),
    batches: z.number(),
    failures: z.number(),
    lag_seconds: z.looseObject({
      count: z.number(),
      sum: z.number(),
      buckets: z.array(z.looseObject({ le: z.number(), count: z.number() })),
    }),
  }),
  sweep: z.looseObject({ passes: z.number(), tickets: z.number(), last_at: time }),
  consumer: z.looseObject({ last_at: time }),
  drift: z.looseObject({ found: z.number(), healed: z.number(), last_found_at: time }),
  /** Missing in earlier versions. */
  erasures: z
    .looseObject({
      count: z.number(),
      failing: z.number(),
      oldest_seconds: z.number(),
      purge_oldest_seconds: z.number(),
    })
    .optional(),
  audit: z.looseObject(audit),
  rebuild: Rebuild,
});

const ParkedTicket = z.looseObject({
  ticket_id: z.string(),
  version: z.number(),
  attempts: z.number(),
  error: z.string().nullable(),
  parked_at: time,
  next_attempt_at: time,
  oldest_change_at: time,
});

/**
 * The answers of the operations API. Unknown fields are passed on, for programs that read `--json`.
 */
export const answers = {
  rebuild: Rebuild,
  audit: z.looseObject(audit),
  auditReport: z.looseObject({
    ...audit,
    kinds: z.array(z.looseObject({ kind: z.string(), found: z.number(), healed: z.number() })),
    examples: z.array(
      z.looseObject({
        kind: z.string(),
        ticket_id: z.string().nullable(),
        detail: z.string(),
        found_at: z.string(),
        healed_at: time,
      }),
    ),
  }),
  status: Status,
  /** The answer of `GET /projections` in a version without a status, recognized for its error message. */
  oldStatus: z.object({
    backlog: z.object({ count: z.number() }),
    as_of: z.string(),
    status: z.undefined().optional(),
  }),
  parked: z.looseObject({ items: z.array(ParkedTicket), total: z.number() }),
  retry: z.looseObject({ ticket_id: z.string(), projected: z.boolean(), error: z.string().nullable() }),
  retryAll: z.looseObject({ retried: z.number() }),
};

/** The state of a rebuild. */
export type Rebuild = z.infer<typeof answers.rebuild>;

/** The state of a round of the audit. */
export type Audit = z.infer<typeof answers.audit>;

/** The state of the audit, with all that was ever found. */
export type AuditReport = z.infer<typeof answers.auditReport>;

/** The status of the projection. */
export type Status = z.infer<typeof answers.status>;

/** The tickets that could not be projected. */
export type Parked = z.infer<typeof answers.parked>;

/** The outcome of a retry. */
export type Retry = z.infer<typeof answers.retry>;
