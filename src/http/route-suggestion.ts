import { misspelling } from "../platform/suggestion.ts";

/** What other APIs have before their addresses. */
const PREFIX = /^(?:api|v\d{1,3})$/i;

/** More segments are in no route. */
const MAX_SEGMENTS = 8;

/**
 * The route that an address without one most likely means: with a slash too many, in capitals, with a letter or an `s` too few or too many.
 *
 * @param path the address as it came
 * @param routes as the OpenAPI document writes them, such as `/tickets/{id}`
 */
export function suggestRoute(path: string, routes: readonly string[]): string | undefined {
  const given = segmentsOf(path.replaceAll(/%2f/gi, "/"));
  const start = given.findIndex((segment) => !PREFIX.test(segment));
  if (start < 0 || given.length > MAX_SEGMENTS) return undefined;
  const scored = routes.flatMap((route) => {
    const score = scoreOf(given.slice(start), segmentsOf(route));
    return score === undefined ? [] : [{ route, score }];
  });
  return scored.toSorted((one, other) => one.score - other.score)[0]?.route;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** How far an address is from a route, 0 for the same letters; undefined if it is another one. */
function scoreOf(given: readonly string[], route: readonly string[]): number | undefined {
  if (given.length !== route.length) return undefined;
  let sum = 0;
  for (const [index, segment] of route.entries()) {
    // A parameter takes anything, but a word of the route is the better explanation.
    const score = segment.startsWith("{") ? 0.5 : misspelling(given[index] ?? "", segment);
    if (score === undefined) return undefined;
    sum += score;
  }
  return sum;
}
