import type { EventSeen } from "./answers.ts";

/** What a client asks the service to do; each text has the command's own marker in it, what is set has none. */
export type Command =
  | {
      readonly type: "CreateTicket";
      readonly customer_id: string;
      readonly subject: string;
      readonly message: string;
      readonly priority: string;
      readonly tags: readonly string[];
    }
  | { readonly type: "UpdateStatus"; readonly ticket_id: string; readonly new_status: string }
  | { readonly type: "AssignTicket"; readonly ticket_id: string; readonly assignee_id: string | null }
  | { readonly type: "SetPriority"; readonly ticket_id: string; readonly priority: string }
  | { readonly type: "SetTags"; readonly ticket_id: string; readonly tags: readonly string[] }
  | { readonly type: "AddAgentNote"; readonly ticket_id: string; readonly note: string }
  | { readonly type: "AddMessage"; readonly ticket_id: string; readonly from: string; readonly body: string };

/** A line of an import: one ticket, among others that are taken with it or not at all. */
export interface ImportTicket {
  readonly type: "ImportTicket";
  readonly external_id: string;
  readonly customer_id: string;
  readonly subject: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly created_at: number;
}

/** Path and body of the request for a command. */
export function requestFor(command: Command): { readonly path: string; readonly body: object } {
  switch (command.type) {
    case "CreateTicket": {
      const { type: _, ...body } = command;
      return { path: "/tickets", body };
    }
    case "UpdateStatus":
      return { path: `/tickets/${command.ticket_id}/status`, body: { new_status: command.new_status } };
    case "AssignTicket":
      return { path: `/tickets/${command.ticket_id}/assignee`, body: { assignee_id: command.assignee_id } };
    case "SetPriority":
      return { path: `/tickets/${command.ticket_id}/priority`, body: { priority: command.priority } };
    case "SetTags":
      return { path: `/tickets/${command.ticket_id}/tags`, body: { tags: command.tags } };
    case "AddAgentNote":
      return { path: `/tickets/${command.ticket_id}/notes`, body: { note: command.note } };
    case "AddMessage":
      return {
        path: `/tickets/${command.ticket_id}/messages`,
        body: { from: command.from, body: command.body },
      };
  }
}

/** The event that a command leaves, if it leaves one, as the ticket's history shows it: its type, and what is in it at least. */
export function factOf(command: Command | ImportTicket): {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
} {
  switch (command.type) {
    case "CreateTicket": {
      const { customer_id, subject, message, priority, tags } = command;
      return { type: "ticket.created", data: { customer_id, subject, priority, tags, body: message } };
    }
    case "ImportTicket": {
      const { external_id, customer_id, subject, message } = command;
      return { type: "ticket.created", data: { external_id, customer_id, subject, body: message } };
    }
    case "UpdateStatus":
      return { type: "status.updated", data: { status: command.new_status } };
    case "AssignTicket":
      return { type: "assignee.updated", data: { assignee_id: command.assignee_id } };
    case "SetPriority":
      return { type: "priority.updated", data: { priority: command.priority } };
    case "SetTags":
      return { type: "tags.updated", data: { tags: command.tags } };
    case "AddAgentNote":
      return { type: "note.added", data: { body: command.note } };
    case "AddMessage":
      return { type: "message.added", data: { from: command.from, body: command.body } };
  }
}

/** A field of a ticket, and what it is set to: by a command, which need not say who gave it, or by the event that it leaves. */
export interface Setting {
  readonly field: "status" | "assignee_id" | "priority" | "tags";
  readonly value: string | null | readonly string[];
}

/** What a command sets; undefined for one that says something. */
export function settingOf(command: Command | ImportTicket): Setting | undefined {
  switch (command.type) {
    case "UpdateStatus":
      return { field: "status", value: command.new_status };
    case "AssignTicket":
      return { field: "assignee_id", value: command.assignee_id };
    case "SetPriority":
      return { field: "priority", value: command.priority };
    case "SetTags":
      return { field: "tags", value: command.tags };
    default:
      return undefined;
  }
}

/** The same of an event. */
export function settingIn({ type, data }: EventSeen): Setting | undefined {
  switch (type) {
    case "status.updated":
      return { field: "status", value: data.status };
    case "assignee.updated":
      return { field: "assignee_id", value: data.assignee_id };
    case "priority.updated":
      return { field: "priority", value: data.priority };
    case "tags.updated":
      return { field: "tags", value: data.tags };
    default:
      return undefined;
  }
}

/** A setting in words. */
export function wordsOf({ field, value }: Setting): string {
  return `${field} ${JSON.stringify(value)}`;
}

const MARKER = /#c\d+-\d+#/u;

/** A text that occurs in one command only: the number of its client, and its own. */
export function marker(client: number, command: number): string {
  return `#c${client}-${command}#`;
}

/** The marker in a text. */
export function markerIn(text: string): string | undefined {
  return MARKER.exec(text)?.[0];
}
