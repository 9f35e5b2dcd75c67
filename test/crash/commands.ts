/** What a client asks the service to do; each text has the command's own marker in it, a status cannot. */
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
    case "AddAgentNote":
      return { type: "note.added", data: { body: command.note } };
    case "AddMessage":
      return { type: "message.added", data: { from: command.from, body: command.body } };
  }
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
