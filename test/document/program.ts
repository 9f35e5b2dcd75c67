// What somebody writes who knows nothing of Edgedesk but its document: `generated.test.ts` compiles it against the client that a public
// generator made, and runs it. Each @ts-expect-error is a mistake that the types have to find: without one, this does not compile.
import { client, createTicket, listTickets, type TicketListItem, updateStatus } from "./client.ts";

const [serverUrl = "", key = ""] = process.argv.slice(2);
client.configure({ serverUrl, auth: { bearer: key } });

const created = await createTicket({
  body: { customer_id: "cus_4711", subject: "A question", message: "How does it work?", priority: "high" },
  headers: { "Idempotency-Key": "a-question" },
});
if (created.error) throw new Error(created.error.detail);
const { id, version }: { id: string; version: number } = created.data;

const listed = await listTickets({
  query: { status: ["open", "pending"], customer_id: "cus_4711", limit: 5 },
  headers: { "Consistency-Token": "latest" },
});
const items: readonly TicketListItem[] = listed.data?.items ?? [];
const previews: readonly string[] = items.map(({ preview }) => preview);

const refused = await updateStatus({ path: { id: "no-id" }, body: { new_status: "closed" } });
const problem: { type?: string; detail: string; errors?: { pointer?: string }[] } | undefined = refused.error;

console.log(JSON.stringify({ id, version, previews, problem: problem?.type }));

export const mistakes = {
  // @ts-expect-error a ticket needs a message
  body: () => createTicket({ body: { customer_id: "cus_4711", subject: "A question" } }),
  // @ts-expect-error there is no such status
  status: () => updateStatus({ path: { id }, body: { new_status: "asleep" } }),
  // @ts-expect-error there is no such filter
  filter: () => listTickets({ query: { colour: "red" } }),
  // @ts-expect-error a list's entry has no message
  field: () => items[0]?.message,
  // @ts-expect-error a list never answers with this problem
  problem: () => listed.error?.type === "/problems/ticket-closed",
};
