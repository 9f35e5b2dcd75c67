import { styleText } from "node:util";
import { counted, duration, figure } from "../console.ts";
import { oneLine } from "../local/run.ts";
import { lagInWords } from "./lag.ts";
import type { Status } from "./schemas.ts";
import { ago, moment } from "./times.ts";
import { auditInWords, rebuildInWords } from "./words.ts";

/** Problems that users of the lists notice. */
const SEVERE = new Set(["lists-waiting", "projection-late", "drift"]);

/** A status for a terminal, problems first. `now` is milliseconds since 1970. */
export function statusLines(status: Status, now: number): string[] {
  const facts = factsOf(status, now);
  const width = Math.max(...facts.map(([label]) => label.length));
  const verdict = status.status === "ok" ? styleText("green", "✔ ok") : styleText("red", "✘ degraded");
  return [
    verdict,
    ...reasonLines(status.reasons),
    "",
    ...facts.map(([label, text, bad]) => {
      return `${styleText("dim", label.padEnd(width))}  ${bad ? styleText("yellow", text) : text}`;
    }),
  ];
}

function reasonLines(reasons: Status["reasons"]): string[] {
  const width = Math.max(...reasons.map(({ code }) => code.length));
  const lineOf = ({ code, detail }: Status["reasons"][number]) => `${oneLine(code).padEnd(width)}  ${oneLine(detail)}`;
  const severe = reasons.filter(({ code }) => SEVERE.has(code));
  const others = reasons.filter(({ code }) => !SEVERE.has(code));
  return [
    ...severe.map((reason) => styleText("red", `  ✘ ${lineOf(reason)}`)),
    ...others.map((reason) => styleText("yellow", `  ! ${lineOf(reason)}`)),
  ];
}

/** A label and a text; `bad` if the text is a problem. */
type Fact = readonly [label: string, text: string, bad: boolean];

function factsOf(status: Status, now: number): Fact[] {
  const { as_of, backlog, parked, dead_letters: dead, projected, sweep, consumer, drift, audit, rebuild } = status;
  const { erasures } = status;
  const oldest = backlog.oldest_seconds === null ? "" : `, the oldest for ${duration(backlog.oldest_seconds * 1_000)}`;
  const lastDrift = drift.last_found_at === null ? "" : `, the last ${ago(drift.last_found_at, now)}`;
  const batches = counted(projected.batches, "batch", "batches");
  return [
    ["lists", `show every change before ${moment(as_of)} (${duration(now - Date.parse(as_of))} ago)`, false],
    ["backlog", `${counted(backlog.count, "ticket")}${oldest}`, false],
    ["parked", counted(parked, "ticket"), parked > 0],
    ["dead letters", counted(dead, "message"), dead > 0],
    [
      "projected",
      `${counted(projected.tickets, "ticket")} in ${batches}, ${counted(projected.failures, "failure")}`,
      projected.failures > 0,
    ],
    ["lag", lagInWords(projected.lag_seconds), false],
    ["consumer", `last ran ${ago(consumer.last_at, now)}`, false],
    [
      "sweep",
      `last ran ${ago(sweep.last_at, now)}; ${counted(sweep.tickets, "ticket")} claimed in ${counted(sweep.passes, "pass", "passes")}`,
      false,
    ],
    ["drift", `${figure(drift.found)} found, ${figure(drift.healed)} healed${lastDrift}`, drift.found > drift.healed],
    ...(erasures ? [erasuresFact(erasures)] : []),
    ["audit", auditInWords(audit), audit.found > 0],
    ["rebuild", rebuildInWords(rebuild, now), rebuild.lists === "waiting"],
  ];
}

function erasuresFact(erasures: NonNullable<Status["erasures"]>): Fact {
  const { count, failing, oldest_seconds, purge_oldest_seconds } = erasures;
  const oldest = count > 0 ? `, ${figure(failing)} failing, the oldest for ${duration(oldest_seconds * 1_000)}` : "";
  const words =
    purge_oldest_seconds > 0
      ? `; search indexes have held deleted words for ${duration(purge_oldest_seconds * 1_000)}`
      : "";
  return ["erasures", `${figure(count)} running${oldest}${words}`, failing > 0];
}
