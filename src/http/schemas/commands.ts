import { z } from "zod";
import {
  about,
  foreignId,
  LIMITS,
  party,
  priority,
  prose,
  status,
  subject,
  tags,
  uuid,
} from "../../commands/schemas.ts";
import type { ChangeTicket } from "../../domain/decide.ts";
import type { RouteProblemCode } from "../contract/occurrences.ts";

/** The body of `POST /tickets`. */
export const createTicketBody = z.strictObject({
  customer_id: about(foreignId, "The customer's id in your system").meta({ example: "cus_4711" }),
  subject: subject.meta({ example: "The invoice of October is missing" }),
  message: prose.meta({ example: "Hello,\nI cannot find the invoice of October." }),
  priority: priority.default("normal"),
  tags: tags.default([]).meta({ description: "Up to 20 tags; duplicates are removed", example: ["billing"] }),
  external_id: about(foreignId, "The ticket's id in your system, unique in the workspace").nullable().default(null),
  follow_up_of: uuid.nullable().default(null).meta({ description: "The ticket that this ticket follows up on" }),
});

/** A command on a ticket, as the API has it. */
export interface CommandDefinition<Command extends ChangeTicket = ChangeTicket> {
  /** The last part of `/tickets/{id}/…`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** The command without its type. */
  readonly body: z.ZodObject & z.ZodType<Omit<Command, "type">>;
  readonly bodyDescription: string;
  readonly example: Omit<Command, "type">;
  /** What its rules refuse. */
  readonly refusals: readonly RouteProblemCode[];
}

/** The commands on a ticket. Their routes and the commands of a bulk derive from this table. */
export const COMMANDS = {
  UpdateStatus: {
    path: "status",
    operationId: "updateStatus",
    summary: "Change a ticket's status",
    description:
      "An open ticket can become pending, resolved or closed. A pending ticket can become open, resolved or closed. A resolved ticket can " +
      "become open or closed. A closed ticket stays closed. Setting the current status again is a no-op.",
    body: z.strictObject({ new_status: status }),
    bodyDescription: "The new status",
    example: { new_status: "pending" },
    refusals: ["ticket-closed", "transition-not-allowed"],
  },
  AddAgentNote: {
    path: "notes",
    operationId: "addAgentNote",
    summary: "Add a note to a ticket",
    description: "Notes are private to agents. A closed ticket also accepts notes.",
    body: z.strictObject({ note: about(prose, "Private to agents").meta({ example: "Sent by post on the 3rd." }) }),
    bodyDescription: "The note",
    example: { note: "Sent by post on the 3rd." },
    refusals: ["ticket-erased"],
  },
  AddMessage: {
    path: "messages",
    operationId: "addMessage",
    summary: "Add a message to a ticket",
    description:
      "A customer's message reopens a pending or resolved ticket. A closed ticket accepts no messages: create a new ticket with " +
      "`follow_up_of`.",
    body: z.strictObject({ body: prose.meta({ example: "It is on its way to you." }), from: party }),
    bodyDescription: "The message",
    example: { from: "agent", body: "It is on its way to you." },
    refusals: ["ticket-closed", "ticket-erased"],
  },
  AssignTicket: {
    path: "assignee",
    operationId: "assignTicket",
    summary: "Assign a ticket",
    description:
      "Assigns the ticket to an agent or to nobody. A closed ticket can also be assigned. Assigning it to the same agent again is a no-op.",
    body: z.strictObject({
      assignee_id: foreignId
        .nullable()
        .meta({ description: "The agent's id in your system; null to unassign the ticket", example: "ada" }),
    }),
    bodyDescription: "The agent",
    example: { assignee_id: "ada" },
    refusals: [],
  },
  SetPriority: {
    path: "priority",
    operationId: "setPriority",
    summary: "Set a ticket's priority",
    description: "Setting the current priority again is a no-op.",
    body: z.strictObject({ priority }),
    bodyDescription: "The new priority",
    example: { priority: "high" },
    refusals: [],
  },
  SetTags: {
    path: "tags",
    operationId: "setTags",
    summary: "Set a ticket's tags",
    description:
      "Replaces all tags of the ticket. A ticket has at most 20 tags of up to 50 characters each. Setting the same tags again is a no-op.",
    body: z.strictObject({
      tags: tags.meta({
        description: "The complete list of tags; duplicates are removed",
        example: ["billing", "invoice"],
      }),
    }),
    bodyDescription: "The new tags",
    example: { tags: ["billing", "invoice"] },
    refusals: ["ticket-erased"],
  },
} as const satisfies {
  readonly [Type in ChangeTicket["type"]]: CommandDefinition<Extract<ChangeTicket, { readonly type: Type }>>;
};

export type Commands = typeof COMMANDS;

/** A command of a bulk: its type, beside the fields of its own body. */
type BulkCommand<Type extends keyof Commands> =
  Commands[Type]["body"] extends z.ZodObject<infer Fields>
    ? z.ZodObject<{ type: z.ZodLiteral<Type> } & Fields, z.core.$strict>
    : never;
type BulkCommands = { [Type in keyof Commands]: BulkCommand<Type> }[keyof Commands];

// `Object.entries` loses which body belongs to which type.
const bulkCommands = Object.entries(COMMANDS).map(([type, { body }]) =>
  z.strictObject({ type: z.literal(type), ...body.shape }),
) as unknown as [BulkCommands, ...BulkCommands[]];

/** The body of `POST /tickets/bulk`. */
export const bulkBody = z.strictObject({
  ids: z
    .array(uuid)
    .min(1)
    .max(LIMITS.bulk)
    .refine((ids) => new Set(ids).size === ids.length, { error: "must not contain duplicates" })
    .meta({ description: "The ids of the tickets, without duplicates", uniqueItems: true }),
  command: z.discriminatedUnion("type", bulkCommands).meta({
    description: "The command: its `type` and the fields of its request body",
  }),
});
