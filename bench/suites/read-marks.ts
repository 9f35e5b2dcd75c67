import { DatabaseSync } from "node:sqlite";
import { ROOT_WORKSPACE } from "../../src/http/middleware/authenticate.ts";
import { encodeCursor } from "../../src/queries/cursor.ts";
import { canonical, type Time } from "../../src/queries/read-model/list/request.ts";
import { SEAL } from "../data/sealing.ts";
import type { Middle, View } from "./read-views.ts";

/** Where halfway is in a filled database. */
export interface Marks {
  readonly middle: Middle;
  /** The cursor of the page of a view that begins after half of all tickets in its order. */
  readonly halfway: (view: View) => string;
}

/** Looks for the marks in a filled Edgedesk database. Nobody walks there: the page of a row's place is the same, however one comes to it. */
export function marksOf(database: string): Marks {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const rowAt = (by: Time, share: number) => {
      const isThere = by === "waiting_since" ? "(waiting_since IS NOT NULL) = 1" : "true";
      const from = `FROM read_tickets WHERE workspace_id = '${ROOT_WORKSPACE}' AND ${isThere}`;
      const count = Number(db.prepare(`SELECT count(*) AS count ${from}`).get()?.["count"]);
      const skip = Math.min(Math.floor(count * share), count - 1);
      const row = db.prepare(`SELECT ${by} AS time, id ${from} ORDER BY ${by}, id LIMIT 1 OFFSET ${skip}`).get();
      return { time: Number(row?.["time"]), id: String(row?.["id"]) };
    };
    const halfway = {
      updated_at: rowAt("updated_at", 0.5),
      created_at: rowAt("created_at", 0.5),
      waiting_since: rowAt("waiting_since", 0.5),
    };
    return {
      middle: { after: rowAt("created_at", 0.45).time, before: rowAt("created_at", 0.55).time },
      halfway: ({ filters, order: { by, direction } }) => {
        const scope = ["tickets", `${by} ${direction}`, ROOT_WORKSPACE, canonical(filters)];
        const { time, id } = halfway[by === "relevance" ? "updated_at" : by];
        return encodeCursor(SEAL, scope, [by === "relevance" ? 1 : 0, time, id]);
      },
    };
  } finally {
    db.close();
  }
}
