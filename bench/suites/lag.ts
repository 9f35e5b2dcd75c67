import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../../scripts/local/run.ts";
import type { Bench, Figure, Suite } from "../figures.ts";
import { Commander } from "../load/commands.ts";
import { type Desk, withDesk } from "../load/desk.ts";
import { quantile } from "../load/numbers.ts";
import { openLoop } from "../load/open-loop.ts";
import { Watch } from "../load/watch.ts";

const RATES = [10, 50, 100];
/** Seconds at each rate; at the lowest one that is too short for the 99.9th of a hundred. */
const SECONDS = { full: 20, quick: 2 };
const TIMEOUTS = [0, 1];
const POLL_MS = 5;
/** How long the last tickets may take to be visible, in milliseconds. */
const PATIENCE_MS = 15_000;
/** So many lags it takes to tell the one that a thousandth is above. */
const ENOUGH_FOR_P999 = 1_000;
/** What a machine that keeps up does not fall short of. */
const KEPT_UP = 0.95;

/**
 * From a command's answer to the first page that shows its ticket, at a steady rate of new tickets. Without a token a list is read all the
 * time, and the lag is as exact as the time between two pages; with one, each command is followed by one list with its token.
 */
export const lag: Suite = {
  name: "lag",
  minutes: 5,
  run: async (bench) => {
    const figures: Figure[] = [];
    const tickets = Math.min(...bench.sizes);
    for (const [index, maxBatchTimeout] of TIMEOUTS.entries()) {
      const told = (share: number, doing: string) => bench.progress((index + share) / TIMEOUTS.length, doing);
      const measured = await withDesk(bench, tickets, (desk) => atAllRates(bench, desk, tickets, told), {
        maxBatchTimeout,
      });
      figures.push(
        ...measured.map(({ what, values }) => figure(tickets, `${what}, queue waits ${maxBatchTimeout} s`, values)),
      );
    }
    return figures;
  },
};

type Measured = Pick<Figure, "what" | "values">;

function figure(tickets: number, what: string, values: Figure["values"]): Figure {
  return { suite: "lag", system: "edgedesk", tickets, what, values };
}

async function atAllRates(bench: Bench, desk: Desk, tickets: number, told: Bench["progress"]): Promise<Measured[]> {
  const measured: Measured[] = [];
  const seconds = bench.isQuick ? SECONDS.quick : SECONDS.full;
  const commander = new Commander(desk, "edgedesk", tickets);
  // What the first requests of a process take is not what is measured.
  await openLoop({
    rate: 20,
    seconds: 1,
    stopping: bench.stopping,
    begin: async () => void (await commander.create()),
  });
  await desk.settled(bench.stopping);
  for (const [index, rate] of RATES.entries()) {
    for (const [half, measure] of [withoutToken, withToken].entries()) {
      told((index + half / 2) / RATES.length, `${rate} commands a second`);
      measured.push(await measure(bench, commander, rate, seconds));
      await desk.settled(bench.stopping);
    }
  }
  return measured;
}

async function withoutToken(bench: Bench, commander: Commander, rate: number, seconds: number): Promise<Measured> {
  const customer = `watched-${rate}`;
  const watch = new Watch(commander.desk, customer);
  const took: number[] = [];
  const load = async () => {
    const loaded = await openLoop({
      ...{ rate, seconds, stopping: bench.stopping },
      begin: async () => {
        const begun = performance.now();
        const { ticket } = await commander.create({}, { ...commander.line(), customer_id: customer });
        watch.expect(ticket.id);
        took.push(performance.now() - begun);
      },
    });
    const until = performance.now() + PATIENCE_MS;
    while (watch.waiting > 0 && performance.now() < until) await pause(POLL_MS, undefined, { signal: bench.stopping });
    return loaded;
  };
  const [loaded] = await Promise.all([load().finally(() => watch.end()), watch.run(POLL_MS)]);
  const values = { ...ofLags(watch.lags), resolution_ms: watch.resolution, not_visible: watch.waiting };
  return { what: `${rate} a second, without a token`, values: { ...values, ...ofLoad(loaded, rate, took) } };
}

const shown = z.object({ items: z.array(z.object({ id: z.string() })) });

async function withToken(bench: Bench, commander: Commander, rate: number, seconds: number): Promise<Measured> {
  const lags: number[] = [];
  const took: number[] = [];
  const loaded = await openLoop({
    ...{ rate, seconds, stopping: bench.stopping },
    begin: async () => {
      const begun = performance.now();
      const line = commander.line();
      const { ticket, headers } = await commander.create({}, line);
      const answered = performance.now();
      took.push(answered - begun);
      const token = headers.get("Consistency-Token") ?? "";
      const { json } = await commander.desk.get(`/tickets?external_id=${line.external_id}`, {
        "Consistency-Token": token,
      });
      if (!shown.parse(json).items.some(({ id }) => id === ticket.id))
        throw new Failure("A list does not show what its reader's token names");
      lags.push(performance.now() - answered);
    },
  });
  const values = { ...ofLags(lags), resolution_ms: 0, not_visible: 0 };
  return { what: `${rate} a second, with its token`, values: { ...values, ...ofLoad(loaded, rate, took) } };
}

function ofLags(lags: readonly number[]) {
  return {
    p50_ms: quantile(lags, 0.5),
    p99_ms: lags.length >= 100 ? quantile(lags, 0.99) : null,
    p999_ms: lags.length >= ENOUGH_FOR_P999 ? quantile(lags, 0.999) : null,
    lags: lags.length,
  };
}

function ofLoad(
  { achieved, refused, failed }: Awaited<ReturnType<typeof openLoop>>,
  rate: number,
  took: readonly number[],
) {
  return {
    commands_per_s: achieved,
    command_p50_ms: quantile(took, 0.5),
    command_p99_ms: took.length >= 100 ? quantile(took, 0.99) : null,
    not_taken: refused + failed,
    is_saturated: achieved < KEPT_UP * rate || refused + failed > 0 ? 1 : 0,
  };
}
