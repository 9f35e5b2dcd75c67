import { z } from "zod";
import { oneLine } from "./local/run.ts";

const Problem = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** Parses JSON; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The title and detail of a problem document (RFC 9457), as ` (…)`; empty if the text is not a problem document. */
export function problemIn(text: string): string {
  const { title, detail } = Problem.safeParse(parseJson(text)).data ?? {};
  const said = oneLine([title, detail].filter(Boolean).join(": "));
  return said === "" ? "" : ` (${said})`;
}

/** The type of a problem document, such as "/problems/not-parked"; undefined if the text is not a problem document. */
export function problemTypeIn(text: string): string | undefined {
  return Problem.safeParse(parseJson(text)).data?.type;
}

/** The reason why `fetch` failed: the system's error code, such as "ECONNREFUSED", or the message. */
export function fetchErrorReason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
