/** `npm run import -- FILE`: imports a file of tickets. See `--help`. */
import { counted, duration, ExitError, figure, printDone, printWarning, runScript, size } from "./console.ts";
import { waitForLists } from "./import/catch-up.ts";
import { CHUNK_LIMITS } from "./import/chunks.ts";
import { ImportClient } from "./import/client.ts";
import { JsonReporter } from "./import/json-reporter.ts";
import { openSource } from "./import/lines.ts";
import { type ImportOptions, readOptions } from "./import/options.ts";
import { RefusedFile } from "./import/refused-file.ts";
import { createReporter } from "./import/reporter.ts";
import { emptyTally, inWords, type Tally } from "./import/tally.ts";
import { transfer } from "./import/transfer.ts";
import { abortAfter, type Interruption, listenForInterruption } from "./interruption.ts";
import { Failure } from "./local/run.ts";
import { Cancelled } from "./service/client.ts";
import { COMMON_HELP, isLocal } from "./service/target.ts";

const HELP = `npm run import -- FILE [OPTIONS]

Imports a .jsonl or .jsonl.gz file, and waits until the lists show the tickets. Each line is one ticket with its conversation.
An import can be stopped and repeated: existing tickets are recognized by their external_id. Refused lines are written to
FILE.refused.jsonl, with the reason of each.

Exit code 0 if every ticket was imported or already existed, 1 if not, 2 for a usage error or an unreadable file.

${COMMON_HELP}`;

const PATIENCE_MS = 120_000;
const AGAIN = "Repeat the command to continue: no ticket is imported twice";

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  return importFile(options, listenForInterruption());
});

async function importFile({ file, url, key, json }: ImportOptions, interruption: Interruption): Promise<number> {
  const source = await openSource(file);
  const tally = emptyTally();
  const programs = json ? new JsonReporter() : undefined;
  const reporter = programs ?? createReporter(source.size);
  const refusedFile = new RefusedFile(file, (text) => reporter.note(text));
  const client = new ImportClient({
    url,
    key,
    patienceMs: PATIENCE_MS,
    stopping: interruption.asked,
    cutting: abortAfter(interruption),
    onRetry: (reason, pauseMs) => reporter.retry(reason, pauseMs),
  });
  const begunAt = Date.now();
  const begun = performance.now();
  let sent = false;
  try {
    await client.projections();
    refusedFile.clear();
    await transfer({ source, client, limits: CHUNK_LIMITS, refusedFile, reporter, tally });
    sent = true;
    const sentAfter = performance.now() - begun;
    // If this run imported nothing, wait for the tickets of an earlier run: they were recorded before this run began.
    const until = tally.recordedAt === null ? begunAt : Date.parse(tally.recordedAt);
    // If the queue loses messages, only the sweep projects their tickets. A bare `wrangler dev` never runs it.
    const hint = isLocal(url)
      ? "was it started with `npm start`, which runs the cron once a minute?"
      : "see GET /projections and the log of the Worker";
    await waitForLists({ client, reporter, until, stallMs: PATIENCE_MS, stopping: interruption.asked, hint });
    reporter.end();
    const times = { sent_ms: Math.round(sentAfter), caught_up_ms: Math.round(performance.now() - begun) };
    programs?.last("done", tally, { ok: tally.refused === 0, refused_file: refusedFile.path ?? null, ...times });
    if (programs === undefined) summarize(tally, refusedFile.path, times.sent_ms, times.caught_up_ms);
    return tally.refused === 0 ? 0 : 1;
  } catch (error) {
    reporter.end();
    const ending = endingOf(error, { file, tally, sent, interruption });
    const more = { ok: false, refused_file: refusedFile.path ?? null, reason: ending.message };
    programs?.last(error instanceof Cancelled ? "stopped" : "failed", tally, more);
    if (refusedFile.path !== undefined && programs === undefined)
      printWarning(`the refused lines are in ${refusedFile.path}`);
    throw ending;
  } finally {
    refusedFile.close();
  }
}

function endingOf(
  error: unknown,
  { file, tally, sent, interruption }: { file: string; tally: Tally; sent: boolean; interruption: Interruption },
): Error {
  const reached = sent ? `All of ${file} was sent` : `${file} was sent up to line ${figure(tally.line)}`;
  if (error instanceof Cancelled) {
    const after = sent ? "; the lists catch up automatically" : "";
    return new ExitError(`Stopped. ${reached}: ${inWords(tally)}${after}. ${AGAIN}`, interruption.exitCode());
  }
  if (!(error instanceof Failure)) return error instanceof Error ? error : new Error(String(error));
  const code = error instanceof ExitError ? error.exitCode : 1;
  if (tally.line === 0) return new ExitError(`${error.message} (no line of ${file} is known to be imported)`, code);
  return new ExitError(`${error.message}. ${reached}: ${inWords(tally)}. ${AGAIN}`, code);
}

function summarize(tally: Tally, refusedPath: string | undefined, sentMs: number, caughtUpMs: number): void {
  const rate = tally.tickets === 0 ? 0 : tally.tickets / Math.max(sentMs / 1_000, 0.001);
  printDone(`${counted(tally.tickets, "ticket")}: ${inWords(tally)}`);
  printDone(`${size(tally.bytes)} sent in ${duration(sentMs)}, ${figure(rate)} tickets a second`);
  printDone(`The lists show all tickets, ${duration(caughtUpMs - sentMs)} later`);
  if (tally.refused > 0)
    printWarning(`${counted(tally.refused, "line")} refused${refusedPath === undefined ? "" : `: see ${refusedPath}`}`);
}
