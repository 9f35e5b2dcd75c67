import { bytesToHex } from "@noble/hashes/utils.js";
import { Seal } from "../../src/platform/sealed.ts";

const KEY = new Uint8Array(32).fill(7);

/** What cursors are sealed with, in filled databases and by those that Edgedesk is compared with: all of them open the same cursors. */
export const SEAL = new Seal(KEY);

/** Gives a database this key. */
export const SET_SEALING_KEY = `UPDATE sealing_key SET key = '${bytesToHex(KEY)}'`;
