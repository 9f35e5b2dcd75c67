import { z } from "zod";
import { oneLine } from "./local/run.ts";

const Problem = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
});

/** The text as JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a problem document (RFC 9457) says, in brackets and after a blank; empty if the text is no such document. */
export function problemIn(text: string): string {
  const { title, detail } = Problem.safeParse(parseJson(text)).data ?? {};
  const said = oneLine([title, detail].filter(Boolean).join(": "));
  return said === "" ? "" : ` (${said})`;
}

/** Which kind of problem a problem document names, as in "/problems/not-parked"; undefined if the text is no such document. */
export function problemTypeIn(text: string): string | undefined {
  return Problem.safeParse(parseJson(text)).data?.type;
}

/** Why `fetch` got no answer: the system's code where there is one, as in "ECONNREFUSED". */
export function whyNoAnswer(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
