import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HostileRequest, hostileRequest, validRequest, whoMay } from "../fuzz/hostile/requests.ts";
import { OPERATIONS } from "../fuzz/operations.ts";
import { judge } from "../fuzz/promises.ts";
import { type Desk, setScene } from "../fuzz/scene.ts";
import { service } from "../service.ts";
import { RANDOM } from "./problem.ts";

// test/fuzz has far more of these, on Node. Here they meet the runtime's own Request, Headers, URL and D1.

let issued = 0;
const { time, calls, fetch, deliverSent } = service({
  newId: () => `00000000-0000-7000-8000-${String(++issued).padStart(12, "0")}`,
  access: { randomBytes: (length) => new Uint8Array(length).fill(++issued), origins: ["https://app.example"] },
});
const desk: Desk = {
  db: env.DB,
  time,
  ask: async (request) => {
    const { pathname, search } = new URL(request.url);
    return await fetch(`${pathname}${search}`, request as RequestInit<IncomingRequestCfProperties>);
  },
  settle: deliverSent,
  calls: () => calls.length,
  writes: () => calls.filter(({ rows_written }) => rows_written > 0).length,
};
const scene = await setScene(desk);

test.each(OPERATIONS)("the valid request of $name does no harm", async (operation) => {
  for (const caller of whoMay(operation)) {
    expect((await judge(desk, scene, validRequest(operation, caller, scene))).broken).toEqual([]);
  }
});

test("hostile requests do no harm", async () => {
  const property = fc.asyncProperty(hostileRequest(scene), async (hostile) => {
    expect((await judge(desk, scene, inAscii(hostile))).broken).toEqual([]);
  });
  await fc.assert(property, { ...RANDOM, numRuns: 1_000 });
});

/** The runtime has a long warning for each header that says more. */
function inAscii({ headers, ...request }: HostileRequest): HostileRequest {
  return { ...request, headers: headers.map(([name, value]) => [name, value.replaceAll(/[^\x20-\x7e]/g, "?")]) };
}
