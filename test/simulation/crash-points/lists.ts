import { EMPTY_TOKEN, type Token } from "../../../src/projection/consistency/token.ts";
import { listTickets } from "../../../src/queries/read-model/list.ts";
import { POISON, WORKSPACE } from "../world.ts";
import { versionsNow } from "./check-imported.ts";
import type { Act, Play } from "./play.ts";
import { changed, created, deliverAll, mayRefuse, note, rivalChange, settle } from "./scene.ts";
import type { Rivals, Stage } from "./stage.ts";

/** Ann reads the list with all tokens of her session, or with `latest`. */
function listing(stage: Stage, { latest = false, rivals }: { latest?: boolean; rivals?: Rivals } = {}): Act {
  const how = { latest, withToken: true };
  return reading(stage, (deps) => stage.ann.list(deps, how), rivals);
}

/** Somebody reads the list with a token of another kind, which demands these versions. */
function listingWith(
  stage: Stage,
  token: Token,
  expected: ReadonlyMap<string, number>,
  { wait, rivals }: { wait?: number; rivals?: Rivals } = {},
): Act {
  return reading(stage, listWork(stage, "cem", token, expected, wait), rivals);
}

/** The same, with nothing going wrong. */
export async function listWith(
  stage: Stage,
  client: string,
  token: Token,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  const before = stage.ledger.lists.length;
  await stage.invoke(`${client} lists`, listWork(stage, client, token, expected));
  if (stage.ledger.lists.length === before) stage.ledger.violated(`${client} gets no list, though nothing is wrong`);
}

function listWork(
  stage: Stage,
  client: string,
  token: Token,
  expected: ReadonlyMap<string, number>,
  wait = 5_000,
): Act["run"] {
  const request = {
    workspace_id: WORKSPACE,
    filters: { status: [], has_note: undefined, customer_id: undefined },
    limit: 100,
    skip: 0,
    expectation: { token, latest: false, wait },
  };
  return async (deps) => {
    const { page } = await listTickets(deps, request);
    if (!page) throw new Error("a list without a tag is answered without a page");
    const { items, as_of, stale = [] } = page;
    const seen = { client, items, as_of: Date.parse(as_of), stale, expected, byNote: false, knowsNotes: true };
    stage.ledger.lists.push(seen);
  };
}

/** A list that was not answered is asked for again: then nothing can keep it from being answered. */
function reading(stage: Stage, run: Act["run"], rivals: Rivals = new Map()): Act {
  const before = stage.ledger.lists.length;
  return {
    run,
    rivals,
    again: async () => {
      if (stage.ledger.lists.length > before) return;
      await stage.invoke("the reader asks again", run);
      if (stage.ledger.lists.length === before && !mayRefuse(stage)) {
        stage.ledger.violated("a list is refused, though nothing is wrong any more");
      }
    },
  };
}

function play(name: string, calls: number, begin: (stage: Stage) => Promise<Act>): Play {
  return { name, calls, begin };
}

const LAST_SEQ = "SELECT seq FROM db_clock";

/** A token that stands for all events so far by the number of the newest. */
function seqToken(stage: Stage): Token {
  const [clock] = stage.world.d1.peek<{ seq: number }>(LAST_SEQ);
  return { ...EMPTY_TOKEN, seq: clock?.seq ?? 0 };
}

/** A ticket whose row is a version behind. */
async function behind(stage: Stage): Promise<string> {
  const id = await created(stage);
  await deliverAll(stage);
  await changed(stage, id, note("a note"));
  stage.world.queue.loseAll();
  return id;
}

export const LISTS: readonly Play[] = [
  play("a list of which nothing is demanded", 1, async (stage) => {
    await behind(stage);
    return listingWith(stage, EMPTY_TOKEN, new Map());
  }),
  play("a list with a token that is behind", 3, async (stage) => {
    await behind(stage);
    return listing(stage);
  }),
  play("a list with a token of tickets that have no row yet", 3, async (stage) => {
    await created(stage);
    await created(stage);
    stage.world.queue.loseAll();
    return listing(stage);
  }),
  play("a list with a token that is up to date", 1, async (stage) => {
    await created(stage);
    await deliverAll(stage);
    return listing(stage);
  }),
  play("a list with a token that is up to date, from a replica that is behind", 3, async (stage) => {
    await created(stage);
    await deliverAll(stage);
    stage.lag = Number.POSITIVE_INFINITY;
    return listing(stage);
  }),
  play("a list with a seq that is behind", 3, async (stage) => {
    await behind(stage);
    await created(stage);
    return listingWith(stage, seqToken(stage), versionsNow(stage));
  }),
  play("a list with a seq that is up to date", 1, async (stage) => {
    await behind(stage);
    await settle(stage);
    return listingWith(stage, seqToken(stage), versionsNow(stage));
  }),
  play("a list with a seq, while another ticket goes on", 3, async (stage) => {
    const id = await behind(stage);
    const token = seqToken(stage);
    const expected = versionsNow(stage);
    const rivals = new Map([[2, () => rivalChange(stage, id)]]);
    return listingWith(stage, token, expected, { rivals });
  }),
  play("a list with `latest` that is behind", 3, async (stage) => {
    await behind(stage);
    await created(stage);
    return listing(stage, { latest: true });
  }),
  play("a list with `latest` that is up to date", 1, async (stage) => {
    await created(stage);
    await deliverAll(stage);
    return listing(stage, { latest: true });
  }),
  play("a list whose ticket changes before its source is read", 3, async (stage) => {
    const id = await behind(stage);
    return listing(stage, { rivals: new Map([[2, () => rivalChange(stage, id)]]) });
  }),
  play("a list whose ticket changes before its row is written", 3, async (stage) => {
    const id = await behind(stage);
    return listing(stage, { rivals: new Map([[3, () => rivalChange(stage, id)]]) });
  }),
  play("a list that a consumer overtakes", 3, async (stage) => {
    const id = await behind(stage);
    const rivals = new Map([
      [
        3,
        async () => {
          await rivalChange(stage, id);
          await stage.meanwhile("ben lists", (deps) => stage.ben.list(deps, { latest: true, withToken: true }));
        },
      ],
    ]);
    return listing(stage, { rivals });
  }),
  play("a list with a parked ticket", 1, async (stage) => {
    await created(stage, { subject: POISON.poison });
    await created(stage);
    await settle(stage);
    return listing(stage);
  }),
  play("a list with a parked ticket, from a replica that does not know it yet", 3, async (stage) => {
    await created(stage, { subject: POISON.killer });
    await settle(stage);
    stage.lag = Number.POSITIVE_INFINITY;
    return listing(stage);
  }),
  play("a list with a parked ticket, and one that is behind", 3, async (stage) => {
    await created(stage, { subject: POISON.unwritable });
    await settle(stage);
    await behind(stage);
    return listing(stage);
  }),
  play("a list with `latest` and a parked ticket", 3, async (stage) => {
    await created(stage, { subject: POISON.poison });
    await settle(stage);
    await behind(stage);
    return listing(stage, { latest: true });
  }),
  play("a list with a ticket that cannot be projected, and is not parked yet", 12, async (stage) => {
    const id = await created(stage, { subject: POISON.unwritable });
    stage.world.queue.loseAll();
    return listingWith(stage, { ...EMPTY_TOKEN, versions: new Map([[id, 1]]) }, new Map([[id, 1]]), { wait: 100 });
  }),
  play("a list with a version that nobody wrote, and an unknown ticket", 3, async (stage) => {
    const id = await behind(stage);
    const versions = new Map([
      [id, 99],
      ["01900000-0000-7000-8000-000000000000", 1],
    ]);
    return listingWith(stage, { ...EMPTY_TOKEN, versions }, new Map());
  }),
  play("a list with a bookmark that the database does not know", 2, async (stage) => {
    await behind(stage);
    return listingWith(stage, { ...EMPTY_TOKEN, bookmark: "ffffffff-ffffffff" }, new Map());
  }),
  play("a ticket's details, and then the list", 1, async (stage) => {
    const id = await behind(stage);
    return { run: (deps) => stage.ann.details(deps, id) };
  }),
];
