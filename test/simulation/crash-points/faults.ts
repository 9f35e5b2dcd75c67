/** What goes wrong with one call, and with those after it. */
export interface Fault {
  readonly name: string;
  /** The worker ends with the call. */
  readonly deadly: boolean;
  /** Whether, and when, the call takes effect all the same. */
  readonly effect: "never" | "at once" | Late;
  /** What the caller is told: the network's fault, or something that nobody knows. */
  readonly error: string;
  /** Whether all further calls of the invocation go wrong in the same way. */
  readonly lasting: boolean;
  /** Whether what a consumer acknowledged before it died is gone from the queue. */
  readonly acksHold: boolean;
}

/** When a late effect comes, counted from the end of its invocation. */
export type Late = "before the client comes back" | "after the client came back" | "when all is quiet";

const NETWORK = "D1_ERROR: Network connection lost.";
const UNKNOWN = "D1_ERROR: something that nobody has heard of.";

/** How many of the faults a run tries. */
export type FaultSet = "few" | "usual" | "all";

/** The faults of every `npm test`: one before the call takes effect, and one after it. */
export const FEW_FAULTS: readonly Fault[] = [
  fault({ deadly: true, effect: "never" }),
  fault({ effect: "at once", lasting: true }),
];

/** What every call meets, each time that the tests run. */
export const FAULTS: readonly Fault[] = [
  ...onceAndForGood({ effect: "never" }),
  ...onceAndForGood({ effect: "at once" }),
  ...onceAndForGood({ effect: "when all is quiet" }),
  fault({ deadly: true, effect: "never" }),
  fault({ deadly: true, effect: "at once" }),
];

/** What it meets besides, where there is time. */
export const MORE_FAULTS: readonly Fault[] = [
  ...onceAndForGood({ effect: "before the client comes back" }),
  ...onceAndForGood({ effect: "after the client came back" }),
  ...onceAndForGood({ effect: "never", error: UNKNOWN }),
  ...onceAndForGood({ effect: "at once", error: UNKNOWN }),
];

/** What the calls of a consumer meet besides: deaths after which its acknowledgements hold. */
export const DEATHS_OF_CONSUMERS: readonly Fault[] = [
  fault({ deadly: true, effect: "never", acksHold: true }),
  fault({ deadly: true, effect: "at once", acksHold: true }),
];

function onceAndForGood(failure: Partial<Fault>): Fault[] {
  return [fault(failure), fault({ ...failure, lasting: true })];
}

function fault(what: Partial<Omit<Fault, "name">>): Fault {
  const whole = { deadly: false, effect: "never", error: NETWORK, lasting: false, acksHold: false, ...what } as const;
  return { ...whole, name: inWords(whole) };
}

function inWords({ deadly, effect, error, lasting, acksHold }: Omit<Fault, "name">): string {
  const when = { never: "before it takes effect", "at once": "after it took effect" };
  const how = effect === "never" || effect === "at once" ? when[effect] : `and takes effect late, ${effect}`;
  if (deadly) return `the worker dies ${how}${acksHold ? ", acknowledgements hold" : ""}`;
  const strangely = error === UNKNOWN ? "strangely " : "";
  return `fails ${strangely}${how}${lasting ? ", and so do all after it" : ""}`;
}

/** Whether the caller can tell that its ticket is not at fault. */
export function isStrange({ error }: Fault): boolean {
  return error === UNKNOWN;
}
