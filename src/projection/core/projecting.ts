import type { Platform } from "../../platform/platform.ts";
import type { Projection } from "./projection.ts";

/** The platform, plus what the projection needs. */
export interface Projecting extends Platform {
  readonly projection: Projection;
  /** Tickets in one slice of a rebuild or an audit. */
  readonly sliceTickets: number;
}
