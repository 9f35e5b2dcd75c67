import type { Runtime } from "../../../src/http/api.ts";
import type { Rivals, Stage } from "./stage.ts";

/** What a play is about: one invocation, and what comes of it. */
export interface Act {
  readonly run: (deps: Runtime) => Promise<void>;
  /** What the platform, or the client, knows when the invocation dies or throws. */
  readonly died?: () => void;
  readonly rivals?: Rivals;
  /** What an honest client does next, when nothing goes wrong any more. */
  readonly again?: () => Promise<void>;
  /** Checked at the end, besides the promises. */
  readonly check?: () => void;
  /** Who holds the whole to the promises, where it is not the oracle of commands. */
  readonly oracle?: () => Promise<void>;
  /** A queue's consumer, whose acknowledgements may outlive it. */
  readonly isConsumer?: boolean;
  /** An error that nobody knows parks its ticket at once, as it should: such errors are left out. */
  readonly parksAtOnce?: boolean;
  /** There are too many tickets for the readers' one page. */
  readonly unlisted?: boolean;
  /** Rows were changed by hand: lists show that until an audit mends it, so nobody reads before everything has settled. */
  readonly isDamaged?: boolean;
}

/** A scene, and the act that goes wrong in it. */
export interface Play {
  readonly name: string;
  /** Calls to database and queue where nothing goes wrong. */
  readonly calls: number;
  /** Left out where there is little time. */
  readonly isSlow?: boolean;
  /** Sets the scene. */
  readonly begin: (stage: Stage) => Promise<Act>;
}
