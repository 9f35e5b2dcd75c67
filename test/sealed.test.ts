import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SALT_BYTES, Seal } from "../src/platform/sealed.ts";
import { parseToken } from "../src/projection/consistency/token.ts";
import { SEAL } from "./access.ts";
import { RANDOM } from "./http/problem.ts";

const bytesOf = (text: string) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));

describe("a sealed value", () => {
  test("opens with its key and its scope only, whatever it is", () => {
    const other = new Seal(new Uint8Array(32).fill(8));
    const property = fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (value, scope, elsewhere) => {
      const text = SEAL.seal(scope, value);
      expect(SEAL.open(scope, text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(other.open(scope, text)).toBeUndefined();
      if (JSON.stringify(scope) !== JSON.stringify(elsewhere)) expect(SEAL.open(elsewhere, text)).toBeUndefined();
    });
    fc.assert(property, { ...RANDOM, numRuns: 200 });
  });

  test("cannot be read, and its length does not tell how large a number is", () => {
    const texts = [0, 7, 12_345, Number.MAX_SAFE_INTEGER].map((seq) => SEAL.seal("scope", [seq, "an-event-s-id"]));
    expect(new Set(texts.map((text) => text.length)).size).toBe(1);
    for (const text of texts) {
      expect(text).toMatch(/^[\w-]+$/);
      expect(bytesOf(text)).not.toMatch(/an-event|12345/);
    }
  });

  test("is one text, which a cache can compare, unless there is salt in it", () => {
    const salts = [1, 2].map((byte) => new Uint8Array(SALT_BYTES).fill(byte));
    const texts = [undefined, undefined, ...salts].map((salt) => SEAL.seal("scope", 5, salt));
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBe(3);
    expect(texts.map((text) => SEAL.open("scope", text))).toEqual([5, 5, 5, 5]);
  });

  test("that is longer than a key stream opens nothing, and breaks nothing", () => {
    expect(SEAL.open("scope", "A".repeat(20_000))).toBeUndefined();
  });
});

describe("a text of the time before there was a key", () => {
  test("opens still: a cursor of the feed stays good for ever", () => {
    const cursor = "mAL7aCfW2fpbMiwiMDE5YTFiMmMtM2Q0ZS03ZjYwLThhOWItMGMxZDJlM2Y0YTViIl0=";
    expect(SEAL.open(["events", "default"], cursor)).toEqual([2, "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"]);
    expect(SEAL.open(["events", "other"], cursor)).toBeUndefined();
    expect(SEAL.open(["events", "default"], `${cursor.slice(0, -1)}`)).toBeUndefined();
  });

  test("is a token of who has it still", () => {
    const token = "IHUD5ycPbdp7ImJvb2ttYXJrIjpudWxsLCJzZXEiOjcsInZlcnNpb25zIjpbXX0=";
    expect(parseToken(SEAL, token)).toEqual({ bookmark: null, seq: 7, versions: new Map() });
  });
});
