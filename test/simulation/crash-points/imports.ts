import { type ImportResult, importTickets } from "../../../src/commands/import-tickets.ts";
import type { Outcome } from "../../../src/commands/transact.ts";
import { tokenAfter } from "../../../src/http/headers/consistency-token.ts";
import { fingerprintOf } from "../../../src/platform/sealed.ts";
import { EMPTY_TOKEN } from "../../../src/projection/consistency/token.ts";
import { sweep } from "../../../src/projection/delivery/sweep.ts";
import { ndjson } from "../../oracle/lines.ts";
import type { Line } from "../../oracle/ticket-list.ts";
import { WORKSPACE } from "../world.ts";
import { checkImported, versionsNow } from "./check-imported.ts";
import { listWith } from "./lists.ts";
import type { Act, Play } from "./play.ts";
import { fallBehind } from "./scene.ts";
import type { Rivals, Stage } from "./stage.ts";

const KEY = "key-of-the-import";
const DAY = Date.UTC(2026, 9, 1);

/** Tickets with a conversation, a note and a status each. */
function linesOf(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    external_id: `imported-${index}`,
    customer_id: "cus-1",
    subject: `Ticket ${index}`,
    message: `The ${index}th\n\n question`,
    created_at: DAY + index,
    status: "resolved",
    messages: [{ from: "agent", body: "An  answer", created_at: DAY + 1_000 }],
    notes: [{ note: "A note", created_at: DAY + 2_000 }],
  }));
}

/** Tickets with nothing but their question. */
function plainLinesOf(count: number): Line[] {
  return linesOf(count).map(({ external_id, customer_id, subject, message, created_at }) => {
    return { external_id, customer_id, subject, message, created_at, messages: [] };
  });
}

async function send(stage: Stage, lines: readonly unknown[], key: string | undefined, deps: Parameters<Act["run"]>[0]) {
  const text = ndjson(lines);
  const idempotencyKey = key === undefined ? undefined : { key, fingerprint: fingerprintOf(text) };
  const readerToken = { tickets: [], seq: null };
  const context = { workspace_id: WORKSPACE, agent_id: null, idempotencyKey, mayChange: () => true, readerToken };
  const outcome = await importTickets(deps, context, new TextEncoder().encode(text));
  const { taken, repeated, refused_count } = outcome.answer;
  if (taken + repeated + refused_count !== lines.length) {
    stage.ledger.violated(`of ${lines.length} lines, ${taken} taken, ${repeated} repeated, ${refused_count} refused`);
  }
  return outcome;
}

interface Given {
  readonly lines: readonly Line[];
  /** Lines that the service must not take, besides the others. */
  readonly unruly?: readonly unknown[];
  readonly key?: string | undefined;
  readonly rivals?: Rivals;
  /** Too many tickets for one page. */
  readonly unlisted?: boolean;
}

/** Somebody imports lines, and repeats that until there is an answer: it is safe, even without a key. */
function importing(stage: Stage, { lines, unruly = [], key, rivals, unlisted = false }: Given): Act {
  const answers: Outcome<ImportResult>[] = [];
  const run: Act["run"] = async (deps) => {
    answers.push(await send(stage, [...lines, ...unruly], key, deps));
  };
  return {
    run,
    ...(rivals && { rivals }),
    again: async () => {
      if (answers.length === 0 || key !== undefined) await stage.invoke("the import is repeated", run);
      const [answer] = answers;
      if (!answer) return stage.ledger.violated("an import was never answered");
      if (new Set(answers.map((one) => JSON.stringify(one.answer))).size > 1) {
        stage.ledger.violated("an import with a key was answered differently");
      }
      if (unlisted) return;
      const token = { ...tokenAfter(EMPTY_TOKEN, answer), seq: answer.snapshot.newest_seq };
      await listWith(stage, "the importer", token, versionsNow(stage));
    },
    oracle: () => checkImported(stage, lines),
    unlisted,
  };
}

/** The same play without and with an idempotency key, which costs a look for it. */
function imports(name: string, calls: number, begin: (stage: Stage) => Promise<Given>): Play[] {
  return [undefined, KEY].map((key) => ({
    name: key === undefined ? name : `${name}, with a key`,
    calls: key === undefined ? calls : calls + 1,
    begin: async (stage) => importing(stage, { ...(await begin(stage)), key }),
  }));
}

function rivalImport(stage: Stage, lines: readonly Line[]): () => Promise<void> {
  return () =>
    stage.meanwhile("somebody imports the same", async (deps) => void (await send(stage, lines, undefined, deps)));
}

const UNRULY = [{ external_id: "imported-9", customer_id: "" }, { nonsense: true }];

export const IMPORTS: readonly Play[] = [
  ...imports("an import of three lines", 4, async () => ({ lines: linesOf(3) })),
  ...imports("an import with lines that are refused", 4, async () => ({ lines: linesOf(2), unruly: UNRULY })),
  ...imports("an import of lines that are there already", 2, async (stage) => {
    await stage.invoke("an earlier import", async (deps) => void (await send(stage, linesOf(2), undefined, deps)));
    return { lines: linesOf(2) };
  }),
  ...imports("an import of which some lines are there already", 4, async (stage) => {
    await stage.invoke("an earlier import", async (deps) => void (await send(stage, linesOf(2), undefined, deps)));
    return { lines: linesOf(3) };
  }),
  {
    name: "an import that another one of the same lines overtakes",
    calls: 6,
    begin: async (stage) =>
      importing(stage, { lines: linesOf(3), rivals: new Map([[2, rivalImport(stage, linesOf(2))]]) }),
  },
  {
    name: "an import in two transactions",
    calls: 9,
    isSlow: true,
    begin: async (stage) => importing(stage, { lines: plainLinesOf(251), unlisted: true }),
  },
  {
    name: "a sweep of more than one claim",
    calls: 4,
    begin: async (stage) => {
      const lines = plainLinesOf(101);
      await stage.invoke("an import", async (deps) => void (await send(stage, lines, undefined, deps)));
      fallBehind(stage);
      return { run: sweep, oracle: () => checkImported(stage, lines), unlisted: true };
    },
  },
];
