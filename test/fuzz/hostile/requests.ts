import fc from "fast-check";
import { OPERATIONS, type Operation } from "../operations.ts";
import { CALLERS, type Caller, OWN, type Scene } from "../scene.ts";
import { hostilePath, hostileQuery, pathOf } from "./addresses.ts";
import { type Bytes, hostileBody } from "./bodies.ts";
import { forgedCredential } from "./forgeries.ts";
import { type Header, headerValue, hostileHeaders } from "./headers.ts";
import { type Known, sampleOf } from "./samples.ts";

/** A request before it is sent. */
export interface HostileRequest {
  /** The name of the operation that it is made of. */
  readonly operation: string;
  /** What of it is hostile. */
  readonly hostile: Part;
  /** Whose key it carries; `forged`: one that is nobody's. */
  readonly caller: Caller | "forged";
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Bytes | undefined;
}

/** The parts of a request. */
export const PARTS = ["path", "query", "headers", "body", "method", "caller", "all"] as const;
export type Part = (typeof PARTS)[number] | "nothing";

/** The parts of an operation that can be made hostile, the more interesting ones more often. */
export function partsOf({ body, path, query }: Operation): readonly Part[] {
  const parts = PARTS.filter((part) => part !== "body");
  return [
    ...parts,
    "query",
    "headers",
    "headers",
    ...(path.includes("{") ? ["path" as const] : []),
    ...Array<Part>(timesFor(query)).fill("query"),
    ...(body ? BODIES : []),
  ];
}

/** How much more often an operation, and its query, is to come, for each of its parameters to get its turn. */
function timesFor(query: Operation["query"]): number {
  return Math.ceil(Object.keys(query).length / 4);
}

const BODIES: readonly Part[] = ["body", "body", "body", "body"];

// Those that workerd knows (https://github.com/capnproto/capnproto/blob/v2/c++/src/kj/compat/http.h); it answers others by itself.
const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "PROPFIND",
  "SEARCH",
  "MERGE",
  "LOCK",
  "COPY",
];

/** A request that is as it should be. */
export function validRequest(operation: Operation, caller: Caller, scene: Scene): HostileRequest {
  const known = knownTo(caller, scene);
  const { body, method } = operation;
  const key = scene.keys[caller];
  return {
    ...{ operation: operation.name, hostile: "nothing", caller, method, target: pathOf(operation, caller, scene) },
    headers: [
      ...(key === undefined ? [] : [["Authorization", `Bearer ${key}`] as const]),
      ...(body ? [["Content-Type", body.type] as const] : []),
    ],
    body: body && JSON.stringify(sampleOf(body.schema, known)),
  };
}

function knownTo(caller: Caller, { tickets }: Scene): Known {
  const [workspace, ticket] = caller === "root" ? ["default", tickets.root] : [OWN, tickets.own];
  return { workspace, ticket, tickets: Object.values(tickets) };
}

/** Requests of which one part is hostile, or all are: what is right with the others gets them far. */
export function hostileRequest(scene: Scene): fc.Arbitrary<HostileRequest> {
  const takingInput = OPERATIONS.filter(
    ({ body, query, path }) => body || path.includes("{") || Object.keys(query).length > 0,
  );
  const takingMany = OPERATIONS.flatMap((operation) => Array<Operation>(timesFor(operation.query)).fill(operation));
  return fc
    .constantFrom(...OPERATIONS, ...takingInput, ...takingInput, ...takingMany)
    .chain((operation) => {
      // Those who may come more often.
      const callers = fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...whoMay(operation)) },
        { weight: 1, arbitrary: fc.constantFrom(...CALLERS) },
      );
      return fc.tuple(fc.constant(operation), callers, fc.constantFrom(...partsOf(operation)));
    })
    .chain(([operation, caller, part]) => spoiled(operation, caller, part, scene));
}

/** Whose valid request an operation answers. */
export function whoMay({ role }: Operation): readonly Caller[] {
  if (role === undefined) return CALLERS;
  return role === "root" ? ["root"] : role === "admin" ? ["root", "admin"] : ["root", "admin", "agent"];
}

function spoiled(operation: Operation, caller: Caller, part: Part, scene: Scene): fc.Arbitrary<HostileRequest> {
  const valid = validRequest(operation, caller, scene);
  const isHostile = (one: Part) => one === part || part === "all";
  const known = knownTo(caller, scene);
  return fc
    .record({
      path: isHostile("path") ? hostilePath(operation, caller, scene) : fc.constant(valid.target),
      query: isHostile("query") ? hostileQuery(operation, caller, scene) : fc.constant(undefined),
      headers: isHostile("headers") ? hostileHeaders(scene) : fc.constant([]),
      body: isHostile("body") && operation.body ? hostileBody(operation.body, known) : fc.constant(valid.body),
      method: isHostile("method") ? fc.constantFrom(...METHODS) : fc.constant(valid.method),
      credential: part === "caller" ? forgedCredential(scene) : fc.constant(undefined),
    })
    .map(({ path, query, headers, body, method, credential }) => ({
      ...{
        operation: operation.name,
        hostile: part,
        caller: credential === undefined ? caller : ("forged" as const),
        method,
      },
      target: query === undefined ? path : `${path}?${query}`,
      headers: [
        ...valid.headers.filter(([name]) => name !== "Authorization" || credential === undefined),
        ...(credential === undefined ? [] : [["Authorization", headerValue(credential)] as const]),
        ...headers,
      ],
      body,
    }));
}

/** Puts it on the wire. A header that comes twice is appended, but for the media type, of which the last counts. */
export function requestOf({ method, target, headers, body }: HostileRequest): Request {
  const all = new Headers();
  for (const [name, value] of headers) {
    if (name === "Content-Type") all.set(name, value);
    else all.append(name, value);
  }
  const takesNone = /^(get|head)$/i.test(method);
  return new Request(`https://edgedesk.test${target}`, {
    method,
    headers: all,
    body: takesNone ? null : (body ?? null),
  });
}
