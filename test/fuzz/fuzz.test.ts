import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it, test } from "vitest";
import { defaultJobs } from "../simulation/simulate/threads.ts";
import { sized } from "../tier.ts";
import { runChunk } from "./chunk.ts";
import { openDesk } from "./desk.ts";
import { type HostileRequest, requestOf, validRequest, whoMay } from "./hostile/requests.ts";
import { OPERATIONS } from "./operations.ts";
import { DEFAULTS, readOptions } from "./options.ts";
import { judge } from "./promises.ts";
import { type FuzzResult, runFuzz } from "./run.ts";
import { type Desk, FOREIGN_MARK, setScene } from "./scene.ts";
import { failureLines, resultLines } from "./words.ts";

const origin = openDesk();
const scene = await setScene(origin);

/** `FUZZ_SEED=7 npm test -- test/fuzz` for others than each time. */
const SEED = Number(process.env["FUZZ_SEED"] ?? DEFAULTS.seed);
const INPUTS = sized({ quick: 2_500, thorough: 5_000 });

// An operation on something that the scene does not have is refused here: then subjectOf() in hostile/addresses.ts needs its line.
describe.each(OPERATIONS)("the valid request of $name", (operation) => {
  it.each(whoMay(operation))("is answered as its definition says, to %s", async (caller) => {
    const desk = origin.copy();
    const { status, broken } = await judge(desk, scene, validRequest(operation, caller, scene));
    expect(broken).toEqual([]);
    expect(
      [...operation.answers].filter(([, types]) => types.length > 0 || status === 204).map(([code]) => code),
    ).toContain(status);
  });
});

describe(`${INPUTS} hostile inputs, seed ${SEED}`, () => {
  let result: FuzzResult;

  beforeAll(async () => {
    result = await runFuzz({ inputs: INPUTS, seed: SEED, jobs: defaultJobs() });
    console.log(`Hostile inputs, seed ${SEED}, in ${result.seconds.toFixed(1)} s:\n${resultLines(result).join("\n")}`);
  });

  it("do no harm", () => {
    expect(result.failed.map((failure) => failureLines(failure).join("\n"))).toEqual([]);
    expect(result.inputs).toBe(INPUTS);
  });

  it.each(OPERATIONS)("reach $name", ({ name }) => {
    const statuses = Object.keys(result.operations[name] ?? {}).map(Number);
    // Inputs that get through to what they are about, and inputs that are refused.
    expect(statuses.some((status) => status < 400 || status === 503)).toBe(true);
    expect(statuses.some((status) => status >= 400)).toBe(true);
  });

  // A parameter that is not reached needs its line in VALUES in hostile/parameters.ts. Few inputs do not reach every parameter.
  const parameters = OPERATIONS.flatMap(({ name, query }) =>
    Object.keys(query).map((parameter) => `${name}?${parameter}`),
  );
  it.each(sized({ quick: [], thorough: parameters }))("reach %s", (parameter) => {
    expect(result.parameters[parameter]).toBeGreaterThan(0);
  });

  it("are refused in every way", () => {
    const statuses = new Set(Object.values(result.operations).flatMap((answers) => Object.keys(answers).map(Number)));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 202, 204, 400, 401, 403, 404, 405, 413, 415, 422]));
  });
});

test("a seed is the same inputs and the same answers each time", async () => {
  const once = await runChunk({ seed: 7, inputs: 100 });
  expect(await runChunk({ seed: 7, inputs: 100 })).toEqual(once);
  expect(await runChunk({ seed: 8, inputs: 100 })).not.toEqual(once);
});

describe("a service that does harm is found out", () => {
  const list = OPERATIONS.find(({ name }) => name === "GET /tickets");
  const create = OPERATIONS.find(({ name }) => name === "POST /tickets");
  if (!list || !create) throw new Error("the tickets are gone");
  const reading = validRequest(list, "agent", scene);
  const writing = validRequest(create, "agent", scene);
  const PROBLEM = { type: "/problems/x", title: "x", status: 404, detail: "x", instance: "x" };
  const refusal = (status: number, body: unknown = { ...PROBLEM, status }, type = "application/problem+json") =>
    new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "Content-Type": type } });
  const afterWriting =
    (answer: Response, sql = "UPDATE db_clock SET at = at + 1") =>
    async (desk: Desk) => {
      await desk.db.prepare(sql).run();
      return answer;
    };

  const judged = async (hostile: HostileRequest, answer: (desk: Desk) => Promise<Response> | Response) => {
    const desk = origin.copy();
    let asked = 0;
    // Only the request itself; what is looked at after it is the real thing.
    const ask = async (request: Request) => (asked++ === 0 ? await answer(desk) : await desk.ask(request));
    return (await judge({ ...desk, ask }, scene, hostile)).broken.join("\n");
  };

  it("by none of this, where it answers as it should", async () => {
    expect(await judged(reading, () => refusal(404))).toBe("");
    expect(
      await judged(reading, () => refusal(503, { ...PROBLEM, status: 503, type: "/problems/not-yet-consistent" })),
    ).toBe("");
    for (const one of [reading, writing]) expect(await judged(one, (desk) => desk.ask(requestOf(one)))).toBe("");
  });

  it.each<[string, HostileRequest, (desk: Desk) => Promise<Response> | Response]>([
    ["the service's fault", reading, () => refusal(500)],
    ["the service's fault", reading, () => refusal(503)],
    ["no problem document", reading, () => refusal(404, PROBLEM, "application/json")],
    ["no problem document", reading, () => refusal(404, "Not Found", "text/plain")],
    ["no problem document", reading, () => refusal(400, PROBLEM)],
    ["no problem document", reading, () => refusal(404, { ...PROBLEM, type: "about:blank" })],
    ["and it is no success", writing, afterWriting(refusal(422))],
    ["it wrote", reading, afterWriting(Response.json({}))],
    ["several events", writing, afterWriting(Response.json({}), "UPDATE db_clock SET seq = seq + 2")],
    [
      "changed what belongs to others",
      writing,
      afterWriting(Response.json({}), "DELETE FROM ticket_events WHERE workspace_id = 'others'"),
    ],
    ["let in", { ...reading, caller: "forged" }, () => Response.json({})],
    ["let in", { ...reading, caller: "revoked" }, () => Response.json({})],
    ["belongs to others", reading, () => Response.json({ subject: FOREIGN_MARK })],
    ["shows a key", reading, () => Response.json({ key: scene.keys.agent })],
  ])("%s", async (words, hostile, answer) => {
    expect(await judged(hostile, answer)).toContain(words);
  });

  it("Object.prototype has changed", async () => {
    const polluted = judged(reading, () => {
      Object.defineProperty(Object.prototype, "isAdmin", { value: true, configurable: true });
      return refusal(404);
    });
    expect(await polluted).toContain("Object.prototype has changed");
    Reflect.deleteProperty(Object.prototype, "isAdmin");
  });
});

describe("npm run fuzz", () => {
  it("prints one JSON object for programs", () => {
    const { status, stdout, stderr } = fuzz("--inputs", "20", "--seed", "7", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ seed: 7, inputs: 20, failed: [], seconds: expect.any(Number) });
  });

  it("sends a single input again", () => {
    const { status, stdout } = fuzz("--seed", "7", "--replay", "3:1");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "✔ The input does no harm now\n" });
  });

  it("answers a wrong call with one line and exit code 2", () => {
    const { status, stdout, stderr } = fuzz("--inputs", "many");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^✘ --inputs takes a whole number from 1 to 100000000, not "many" .*\n$/u);
  });

  it.each([
    [["--inputs", "0"]],
    [["--seed", "-1"]],
    [["--seed", "2147483648"]],
    [["--jobs", "0"]],
    [["--replay", "last"]],
    [["--replay", "1:2", "--inputs", "5"]],
    [["--unknown"]],
    [["surplus"]],
  ])("refuses %j", (args) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

function fuzz(...options: string[]) {
  const script = join(import.meta.dirname, "fuzz.ts");
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...options], {
    encoding: "utf8",
    // Only for what hangs.
    timeout: 30 * 60_000,
  });
}
