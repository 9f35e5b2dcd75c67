import type { Platform } from "../platform/platform.ts";
import type { KeyRing } from "./key-ring.ts";

/** When each address that guessed the root key too often may try again, in milliseconds since 1970. */
export type Barred = Map<string, number>;

/** Keys and rate limits: who may send requests, and how many. */
export interface Access {
  /** The operator's key. Without it, the service refuses every request. */
  readonly rootKey: string | undefined;
  readonly keyRing: KeyRing;
  /** Returns cryptographically random bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Limits the requests of each key; undefined if there is no limit. */
  readonly requestLimit: RateLimit | undefined;
  /** Limits look-ups of unknown keys and guesses of the root key, for each address. */
  readonly lookupLimit: RateLimit | undefined;
  readonly barred: Barred;
  /** The origins that may call the API from a browser (CORS). `*` allows all. */
  readonly origins: readonly string[];
}

/** The platform, for code that checks or makes keys. */
export interface Guarded extends Platform {
  readonly access: Access;
}
