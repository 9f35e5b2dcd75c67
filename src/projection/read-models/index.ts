import { ticketList } from "./ticket-list/ticket-list.ts";

/** The read models that the service maintains. */
export const readModels = { ticketList } as const;
