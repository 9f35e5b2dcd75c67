import type { Context } from "hono";
import type { Api } from "../api.ts";

/** Names the next page (RFC 8288): this request again, with its cursor in that parameter. */
export function linkNext(c: Context<Api>, cursor: string | null, parameter = "cursor"): void {
  if (cursor === null) return;
  const next = new URL(c.req.url);
  next.searchParams.delete("skip");
  next.searchParams.set(parameter, cursor);
  c.header("Link", `<${next.href}>; rel="next"`);
}
