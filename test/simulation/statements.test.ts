import { beforeAll, describe, expect, it } from "vitest";
import { openDesk } from "../fuzz/desk.ts";
import { validRequest, whoMay } from "../fuzz/hostile/requests.ts";
import { OPERATIONS } from "../fuzz/operations.ts";
import { judge } from "../fuzz/promises.ts";
import { addressOf, LISTS, type List, setScene } from "../fuzz/scene.ts";
import { lossesOf } from "../statements/breaches.ts";
import { watchStatements } from "../statements/watch.ts";
import { lacking, WHOLE_DATABASE, wholeDatabaseOf } from "../statements/whole-database.ts";
import { PLAYS } from "./crash-points/plays.ts";
import { runPlay, SEQUELS } from "./crash-points/run-point.ts";
import { SimulatedD1 } from "./d1.ts";
import { runHistory } from "./history.ts";

/** Some seeds, for what only happens by chance: drift, old projectors, tickets that end their worker. */
const HISTORIES = 5;

const statements = new Set<string>();
const violations: string[] = [];

beforeAll(async () => {
  watchStatements(({ sql }) => void statements.add(sql));
  const origin = openDesk();
  const scene = await setScene(origin);
  for (const operation of OPERATIONS) {
    for (const caller of whoMay(operation)) {
      const desk = origin.copy();
      await judge(desk, scene, validRequest(operation, caller, scene));
      desk.close();
    }
  }
  for (const list of Object.keys(LISTS) as List[]) {
    const [caller] = LISTS[list];
    const [subject, page] = [
      addressOf(list, scene.tickets),
      `${list === "feed" ? "after" : "cursor"}=${scene.cursors[list]}`,
    ];
    const headers = { Authorization: `Bearer ${scene.keys[caller]}` };
    const answer = await origin.ask(new Request(`https://edgedesk.test${subject}&${page}`, { headers }));
    expect(answer.status).toBe(200);
  }
  for (const play of PLAYS) violations.push(...(await runPlay(play, undefined, SEQUELS[0])).violations);
  for (let seed = 1; seed <= HISTORIES; seed++) violations.push(...(await runHistory(seed, 50)).violations);
});

describe("every trigger", () => {
  const d1 = new SimulatedD1();
  const triggers = d1
    .peek<{ sql: string }>("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
    .map(({ sql }) => sql);
  d1.close();

  it("changes rows of the workspace of the row that it fires for", () => {
    expect(triggers.length).toBeGreaterThan(20);
    expect(triggers.flatMap((sql) => lacking(sql) ?? [])).toEqual([]);
  });
});

describe("every statement that the service sends", () => {
  it("is sent by a service that keeps its promises", () => {
    expect(violations).toEqual([]);
  });

  it("is narrowed to a workspace, or has its reason not to be", () => {
    expect(statements.size).toBeGreaterThan(120);
    expect([...statements].flatMap((sql) => lacking(sql) ?? [])).toEqual([]);
  });

  it("is seen to lack any one of its conditions on the workspace", () => {
    const losses = [...statements].flatMap(lossesOf);
    expect(losses.length).toBeGreaterThan(120);
    expect(losses.filter((loss) => lacking(loss) === undefined)).toEqual([]);
  });

  it.each(WHOLE_DATABASE.map(({ phrase }) => phrase))("needs its reason still: %s", (phrase) => {
    expect([...statements].some((sql) => wholeDatabaseOf(sql)?.phrase === phrase)).toBe(true);
  });
});
