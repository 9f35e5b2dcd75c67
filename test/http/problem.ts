import { afterEach, expect } from "vitest";
import { type service, tableSizes } from "../service.ts";

/** A problem document (RFC 9457) as a client sees it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly {
    readonly detail: string;
    readonly pointer?: string;
    readonly parameter?: string;
    readonly header?: string;
  }[];
}

/** The problem document of an answer, after a look at everything that all of them have in common. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  expect(response.headers.get("Content-Type"), text).toBe("application/problem+json");
  const problem: Problem = JSON.parse(text);
  expect(problem).toEqual({
    type: expect.stringMatching(/^\/problems\/[a-z]+(-[a-z]+)*$/),
    title: expect.stringMatching(/./),
    status: response.status,
    detail: expect.stringMatching(/./),
    instance: `urn:uuid:${response.headers.get("X-Request-Id")}`,
    ...(problem.errors && { errors: problem.errors }),
  });
  return problem;
}

/** Expects a refusal, and gives the names of the fields, parameters or headers that it blames, in the alphabet's order. */
export async function refused(request: Response | Promise<Response>, status: number, code: string) {
  const response = await request;
  const problem = await problemOf(response);
  expect({ status: response.status, type: problem.type }, problem.detail).toEqual({
    status,
    type: `/problems/${code}`,
  });
  // Well-formed, because a test's report cannot carry a lone surrogate.
  const names = problem.errors?.map(({ pointer, parameter, header }) => pointer ?? parameter ?? header ?? "?");
  const fields = names?.map((name) => name.toWellFormed()).toSorted();
  return { response, problem, fields };
}

/**
 * Holds every test that follows to it that nothing was written, and nobody was told of anything.
 *
 * @returns what holds a single answer to it, unless it is a success
 */
export async function leaveNoTrace({ sent }: ReturnType<typeof service>) {
  let before = await tableSizes();
  afterEach(async () => {
    const trace = { sizes: await tableSizes(), sent: sent.splice(0) };
    const none = { sizes: before, sent: [] };
    before = trace.sizes;
    expect(trace).toEqual(none);
  });

  return async (response: Response) => {
    const sizes = await tableSizes();
    if (!response.ok) {
      expect({ sizes, sent }).toEqual({ sizes: before, sent: [] });
      await problemOf(response);
    }
    expect(response.status).toBeLessThan(500);
    before = sizes;
    sent.length = 0;
  };
}

/** The same random cases on every run. */
export const RANDOM = { seed: 20_261_123, numRuns: 300 };

/** The id of a ticket that is not there. */
export const NOBODY = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b";
