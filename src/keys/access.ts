import type { Platform } from "../platform/platform.ts";
import type { KeyRing } from "./key-ring.ts";

/** Addresses that guessed at the root key too often, each until a moment in milliseconds since 1970. */
export type Barred = Map<string, number>;

/** Decides who may send requests, and how many. */
export interface Access {
  /** The operator's key. Without it, the service refuses every request. */
  readonly rootKey: string | undefined;
  readonly keyRing: KeyRing;
  /** Makes that many bytes that nobody can guess. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Counts the requests of each key. Undefined: no limit. */
  readonly requestLimit: RateLimit | undefined;
  /** Counts look-ups of unknown keys and guesses at the root key, by the caller's address. */
  readonly lookupLimit: RateLimit | undefined;
  readonly barred: Barred;
  /** The origins whose pages may call from a browser. `*` is all. */
  readonly origins: readonly string[];
}

/** The platform, for code that checks or makes keys. */
export interface Guarded extends Platform {
  readonly access: Access;
}
