import { figure } from "../console.ts";
import { Failure } from "../local/run.ts";
import { bodyOf, type ChunkLimits, chunksOf, contentOf, type Refusal, type SendableLine } from "./chunks.ts";
import { type ImportAnswer, type ImportClient, TooLarge } from "./client.ts";
import type { Source } from "./lines.ts";
import type { RefusedFile } from "./refused-file.ts";
import type { Reporter } from "./reporter.ts";
import type { Tally } from "./tally.ts";

/** Parameters of {@link transfer}. */
export interface Transfer {
  readonly source: Source;
  readonly client: ImportClient;
  readonly limits: ChunkLimits;
  readonly refusedFile: RefusedFile;
  readonly reporter: Reporter;
  /** Updated after each chunk, so that it is right if the transfer breaks off. */
  readonly tally: Tally;
}

/**
 * Sends a file, one chunk after the other: the database has one writer, so parallel requests would only wait for one another.
 *
 * @throws Failure if a chunk is not answered; Cancelled; ExitError if the file is damaged.
 */
export async function transfer({ source, client, limits, refusedFile, reporter, tally }: Transfer): Promise<void> {
  for await (const chunk of chunksOf(source.lines(limits.line), limits)) {
    const answer = chunk.lines.length === 0 ? NOTHING : await send(client, chunk.lines);
    const refusals = [...chunk.refusals, ...answer.refusals].sort((a, b) => a.line - b.line);
    refusedFile.add(refusals);
    tally.line = chunk.lastLine;
    tally.tickets += chunk.lines.length + chunk.refusals.length;
    tally.taken += answer.taken;
    tally.repeated += answer.repeated;
    tally.refused += refusals.length;
    tally.blank += chunk.blank;
    tally.bytes += chunk.bytes;
    tally.recordedAt = answer.recordedAt ?? tally.recordedAt;
    reporter.refused(refusals);
    reporter.progress(tally, source.size === 0 ? undefined : Math.min(1, chunk.position / source.size));
  }
}

interface Sent {
  readonly taken: number;
  readonly repeated: number;
  readonly refusals: readonly Refusal[];
  readonly recordedAt: string | null;
}

const NOTHING: Sent = { taken: 0, repeated: 0, refusals: [], recordedAt: null };

/** Sends lines; in halves if they exceed the limit of the server, which may be lower than ours. */
async function send(client: ImportClient, lines: readonly SendableLine[]): Promise<Sent> {
  try {
    const answer = await client.import(bodyOf(lines));
    const looked = answer.next_line == null ? lines.length : answer.next_line - 1;
    if (looked < 1)
      throw new Failure("the server processed none of the lines, because another import has the same tickets");
    const sent = await withAllRefusals(client, answer, lines.slice(0, looked));
    // The request has spent its database calls: the rest goes into another one.
    return looked === lines.length ? sent : sum(sent, await send(client, lines.slice(looked)));
  } catch (error) {
    const [first] = lines;
    if (!(error instanceof TooLarge) || first === undefined) throw error;
    if (lines.length === 1) {
      return {
        ...NOTHING,
        refusals: [{ line: first.number, errors: [{ detail: error.message }], ticket: contentOf(first.bytes) }],
      };
    }
    const middle = Math.ceil(lines.length / 2);
    return sum(await send(client, lines.slice(0, middle)), await send(client, lines.slice(middle)));
  }
}

/**
 * Completes an answer with all refused lines. An answer names a limited number: the lines after the last of them are sent again, and
 * their tickets already exist if the first request imported them.
 */
async function withAllRefusals(
  client: ImportClient,
  answer: ImportAnswer,
  lines: readonly SendableLine[],
): Promise<Sent> {
  const first = understood(answer, lines);
  if (!answer.refused_truncated) return first;
  const named = answer.refused.at(-1)?.line;
  if (named === undefined) throw new Failure("the server names no refused line: this is a bug of Edgedesk");
  const others = sum(first, await send(client, lines.slice(named)));
  return { ...others, repeated: lines.length - others.taken - others.refusals.length };
}

function sum(one: Sent, other: Sent): Sent {
  return {
    taken: one.taken + other.taken,
    repeated: one.repeated + other.repeated,
    refusals: [...one.refusals, ...other.refusals],
    recordedAt: other.recordedAt ?? one.recordedAt,
  };
}

/** Translates an answer to line numbers of the file. */
function understood(
  { taken, repeated, refused, refused_count = refused.length, recorded_at }: ImportAnswer,
  lines: readonly SendableLine[],
): Sent {
  const refusals = refused.map(({ line, errors }) => {
    const sent = lines[line - 1];
    if (sent === undefined)
      throw new Failure(`the server refuses line ${line} of a request with ${lines.length}: this is a bug of Edgedesk`);
    const clean = errors.map(({ detail, pointer }) => (pointer == null ? { detail } : { detail, pointer }));
    return { line: sent.number, errors: clean, ticket: contentOf(sent.bytes) };
  });
  const total = taken + repeated + refused_count;
  if (total !== lines.length) {
    throw new Failure(
      `the server accounts for ${figure(total)} of ${figure(lines.length)} lines sent: this is a bug of Edgedesk`,
    );
  }
  return { taken, repeated, refusals, recordedAt: recorded_at };
}
