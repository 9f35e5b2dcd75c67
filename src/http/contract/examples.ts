import { formatKey, SECRET_BYTES } from "../../keys/key.ts";
import { Seal } from "../../platform/sealed.ts";
import { EMPTY_TOKEN, formatToken } from "../../projection/consistency/token.ts";

/** The id of everything in the examples. */
export const EXAMPLE_ID = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b";

/** What who has seen the third version of the example's ticket is given. */
export const EXAMPLE_TOKEN = formatToken(
  new Seal(new Uint8Array(32)),
  { ...EMPTY_TOKEN, versions: new Map([[EXAMPLE_ID, 3]]) },
  0,
);

const CREATED = "2026-11-23T08:00:00.000Z";
const REPLIED = "2026-11-23T08:20:00.000Z";
const NOTED = "2026-11-23T08:30:00.000Z";

const QUESTION = "Hello,\nI cannot find the invoice of October.";
const REPLY = "It is on its way to you.";
const NOTE = "Sent by post on the 3rd.";

const head = {
  id: EXAMPLE_ID,
  external_id: null,
  customer_id: "cus_4711",
  subject: "The invoice of October is missing",
  status: "open" as const,
  priority: "normal" as const,
  assignee_id: null,
  tags: ["billing"],
};

export const TICKET_PAGE = {
  items: [
    {
      ...head,
      preview: REPLY,
      has_note: true,
      note_count: 1,
      message_count: 2,
      last_message_at: REPLIED,
      last_message_from: "agent" as const,
      waiting_since: null,
      first_replied_at: REPLIED,
      resolved_at: null,
      closed_at: null,
      reopen_count: 0,
      created_at: CREATED,
      updated_at: NOTED,
      version: 3,
    },
  ],
  next_cursor: null,
  as_of: "2026-11-23T08:31:00.000Z",
};

export const TICKET_DETAILS = {
  ...head,
  follow_up_of: null,
  message: QUESTION,
  agent_note: NOTE,
  created_at: CREATED,
  updated_at: NOTED,
  version: 3,
  erased_at: null,
  conversation: {
    items: [
      {
        version: 1,
        kind: "message" as const,
        from: "customer" as const,
        agent_id: null,
        body: QUESTION,
        created_at: CREATED,
      },
      {
        version: 2,
        kind: "message" as const,
        from: "agent" as const,
        agent_id: "ada",
        body: REPLY,
        created_at: REPLIED,
      },
      { version: 3, kind: "note" as const, from: "agent" as const, agent_id: "ada", body: NOTE, created_at: NOTED },
    ],
    next_cursor: null,
  },
};

export const HISTORY_PAGE = {
  items: [
    {
      version: 2,
      type: "message.added",
      agent_id: "ada",
      occurred_at: REPLIED,
      recorded_at: REPLIED,
      data: { from: "agent", body: REPLY },
    },
  ],
  next_cursor: null,
};

export const FEED_PAGE = {
  items: HISTORY_PAGE.items.map((event) => ({ ticket_id: EXAMPLE_ID, ...event })),
  next_cursor: "Zm9yIGV4YW1wbGU",
  has_more: false,
};

/** Another ticket of the examples. */
export const OTHER_ID = "019a1b2c-5e6f-7a80-9b1c-2d3e4f5a6b7c";

export const BULK_RESULT = {
  results: [
    { id: EXAMPLE_ID, status: 200 as const, version: 4 },
    {
      id: OTHER_ID,
      status: 409 as const,
      problem: {
        type: "/problems/ticket-closed",
        title: "The ticket is closed",
        status: 409,
        detail: "Closed tickets cannot be reopened",
      },
    },
  ],
};

export const TICKET_STATS = {
  by_status: { open: 5, pending: 2, resolved: 4, closed: 21, total: 32 },
  by_priority: {
    low: { open: 0, pending: 0, resolved: 1, closed: 6, total: 7 },
    normal: { open: 3, pending: 2, resolved: 3, closed: 12, total: 20 },
    high: { open: 1, pending: 0, resolved: 0, closed: 2, total: 3 },
    urgent: { open: 1, pending: 0, resolved: 0, closed: 1, total: 2 },
  },
  by_assignee: [
    { assignee_id: null, open: 2, pending: 0, resolved: 0, closed: 3, total: 5 },
    { assignee_id: "ada", open: 3, pending: 2, resolved: 4, closed: 18, total: 27 },
  ],
  next_cursor: null,
  unassigned: 5,
  waiting: 4,
  unreplied: 3,
  oldest_waiting: { id: EXAMPLE_ID, since: CREATED },
  as_of: NOTED,
};

/** The lines of an import. */
export const IMPORT_LINES = [
  {
    external_id: "mail-1",
    customer_id: "cus_4711",
    subject: "Where is my parcel?",
    message: "It should have come on Monday.",
    created_at: 1_763_802_000_000,
    tags: ["shipping"],
    status: "resolved" as const,
    messages: [{ from: "agent" as const, agent_id: "ada", body: "It is in Lyon.", created_at: 1_763_805_600_000 }],
  },
  {
    external_id: "mail-2",
    customer_id: "cus_0815",
    subject: "A question",
    message: "How does it work?",
    created_at: 1_763_809_200_000,
  },
];

/** A key as it is shown once: its secret is no random number, and it opens nothing. */
export const EXAMPLE_KEY = formatKey(EXAMPLE_ID, new Uint8Array(SECRET_BYTES).fill(0x5e));

export const KEY = {
  id: EXAMPLE_ID,
  workspace_id: "acme",
  name: "The shop's server",
  role: "agent" as const,
  agent_id: "ada",
  created_by: null,
  created_at: CREATED,
  expires_at: "2100-01-01T00:00:00.000Z",
  revoked_at: null,
};

const WALK = {
  run: 1,
  done: 12_000,
  total: 12_000,
  rate: null,
  seconds_left: null,
  started_at: CREATED,
  finished_at: REPLIED,
};

export const REBUILD = {
  state: "finished" as const,
  ...WALK,
  projector: 2,
  failed: 0,
  lists: "served" as const,
  drift_found: 0,
};

export const AUDIT = { state: "finished" as const, ...WALK, coverage: 1, failed: 0, found: 0, age_seconds: 600 };

const RUNNING = { done: 3_000, rate: 1_500, seconds_left: 6, finished_at: null };

export const RUNNING_REBUILD = { ...REBUILD, ...RUNNING, state: "running" as const, drift_found: null };

export const RUNNING_AUDIT = { ...AUDIT, ...RUNNING, state: "running" as const, coverage: 0.25 };

export const AUDIT_REPORT = {
  ...AUDIT,
  found: 1,
  kinds: [{ kind: "changed" as const, found: 1, healed: 1 }],
  examples: [
    {
      kind: "changed" as const,
      ticket_id: EXAMPLE_ID,
      detail: "preview, updated_at",
      found_at: REPLIED,
      healed_at: REPLIED,
    },
  ],
};

export const PROJECTIONS = {
  status: "ok" as const,
  reasons: [],
  as_of: NOTED,
  tickets: 12_000,
  backlog: { count: 0, oldest_seconds: 0 },
  parked: 0,
  dead_letters: 0,
  projected: {
    tickets: 48_211,
    batches: 17_034,
    failures: 0,
    lag_seconds: { count: 48_211, sum: 950.4, buckets: [{ le: 0.1, count: 47_900 }] },
  },
  sweep: { passes: 4_320, tickets: 12, last_at: NOTED },
  consumer: { last_at: NOTED },
  drift: { found: 0, healed: 0, last_found_at: null },
  erasures: { count: 0, failing: 0, oldest_seconds: 0, purge_oldest_seconds: 0 },
  audit: AUDIT,
  rebuild: REBUILD,
};

export const PARKED_PAGE = {
  items: [
    {
      workspace_id: "acme",
      ticket_id: EXAMPLE_ID,
      version: 3,
      attempts: 5,
      error: "TypeError: the projector has failed",
      parked_at: NOTED,
      next_attempt_at: "2026-11-23T14:30:00.000Z",
      oldest_change_at: REPLIED,
    },
  ],
  total: 1,
};

export const DEAD_LETTERS = {
  items: [
    {
      id: 1,
      queue: "ticket-projections-dead",
      message_id: "5f3c9a1e",
      workspace_id: null,
      body: '{"ticket":17}',
      reason: "not a projection message",
      kept_at: NOTED,
    },
  ],
  total: 1,
};

export const METRICS = `# HELP edgedesk_parked_tickets Tickets that could not be projected and wait for somebody to look.
# TYPE edgedesk_parked_tickets gauge
edgedesk_parked_tickets 0
`;
