import { preview } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { instant, instantOrNull } from "../../src/queries/instant.ts";

/** What a list shows of a ticket and finds in its own row. */
export const COLUMNS = [
  "n",
  "id",
  "external_id",
  "customer_id",
  "subject",
  "status",
  "priority",
  "assignee_id",
  "resolved_at",
  "closed_at",
  "reopen_count",
  "created_at",
  "updated_at",
  "version",
] as const;

/** A row of a page. The parts are JSON. */
export interface Row {
  readonly n: number;
  readonly id: string;
  readonly external_id: string | null;
  readonly customer_id: string;
  readonly subject: string;
  readonly status: string;
  readonly priority: string;
  readonly assignee_id: string | null;
  readonly resolved_at: number | null;
  readonly closed_at: number | null;
  readonly reopen_count: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly version: number;
  readonly rank: number;
  readonly tags: string;
  readonly note_count: number;
  readonly messages: string;
  readonly last_message: string;
  readonly waiting_since: number | null;
}

/** The earliest message of a customer that no agent has answered: nobody waits on a ticket that is done. Three steps in an index. */
export function waitingSince(ticket: string): string {
  const ofAgent = `FROM messages WHERE ticket = ${ticket}.n AND sender = 'agent'`;
  return `iif(${ticket}.status IN ('open', 'pending'), (SELECT min(sent_at) FROM messages WHERE ticket = ${ticket}.n AND sender = 'customer'
    AND sent_at >= coalesce((SELECT max(sent_at) ${ofAgent}), -1)
    AND n > coalesce((SELECT n ${ofAgent} ORDER BY sent_at DESC, n DESC LIMIT 1), -1)), NULL)`;
}

/** As much of the latest message as its preview looks at. */
const HEAD = 4_096;

/** What is computed of each ticket of a page, and of no other: one pass over its messages' index, one message, and what hangs on it. */
export const COMPUTED = `
  (SELECT json_group_array(tag) FROM (SELECT tag FROM ticket_tags WHERE ticket = t.n ORDER BY place)) AS tags,
  (SELECT count(*) FROM notes WHERE ticket = t.n) AS note_count,
  (SELECT json_array(count(*), max(sent_at), min(iif(sender = 'agent', sent_at, NULL))) FROM messages WHERE ticket = t.n) AS messages,
  (SELECT json_array(sender, substr(ltrim(body, char(9, 10, 11, 12, 13, 32)), 1, ${HEAD}), length(ltrim(body, char(9, 10, 11, 12, 13, 32))) > ${HEAD})
    FROM messages WHERE ticket = t.n ORDER BY sent_at DESC, n DESC LIMIT 1) AS last_message,
  ${waitingSince("t")} AS waiting_since`;

/** A row as the API gives it: the same fields as those of Edgedesk. */
export function toItem({ n: _, rank: __, messages, last_message, waiting_since, ...row }: Row) {
  const [message_count, last_message_at, first_replied_at]: [number, number, number | null] = JSON.parse(messages);
  const [last_message_from, text, goesOn]: [string, string, number] = JSON.parse(last_message);
  return {
    id: row.id,
    external_id: row.external_id,
    customer_id: row.customer_id,
    subject: row.subject,
    status: row.status,
    priority: row.priority,
    assignee_id: row.assignee_id,
    tags: tagsOf(row.tags),
    preview: preview(text, goesOn === 1),
    has_note: row.note_count > 0,
    note_count: row.note_count,
    message_count,
    last_message_at: instant(last_message_at),
    last_message_from,
    waiting_since: instantOrNull(waiting_since),
    first_replied_at: instantOrNull(first_replied_at),
    resolved_at: instantOrNull(row.resolved_at),
    closed_at: instantOrNull(row.closed_at),
    reopen_count: row.reopen_count,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
    version: row.version,
  };
}

function tagsOf(json: string): string[] {
  return JSON.parse(json);
}
