import { beforeEach, describe, expect, test } from "vitest";
import { formatKey } from "../../src/keys/key.ts";
import { identify, type KeyRing } from "../../src/keys/key-ring.ts";
import type { StoredKey } from "../../src/keys/key-store.ts";
import { Database } from "../../src/platform/database.ts";
import { fingerprintOf, isEqual } from "../../src/platform/sealed.ts";

const SECRET = new Uint8Array(32);
const idOf = (number: number) => `019a1b2c-3d4e-7f60-8a9b-${number.toString(16).padStart(12, "0")}`;
const textOf = (number: number) => formatKey(idOf(number), SECRET);

/** Keys that the database has, and how often it was asked. */
const stored = new Map<string, StoredKey>();
let asked = 0;
let now = 0;
let answersAfter = 0;

class Keys extends Database {
  override session() {
    const batch = async ({ params: [id] }: { params: readonly unknown[] }) => {
      asked++;
      now += answersAfter;
      return [[stored.get(String(id))].filter((key) => key !== undefined), []];
    };
    return { batch } as unknown as ReturnType<Database["session"]>;
  }
}

let ring: KeyRing;

beforeEach(() => {
  stored.clear();
  [asked, now, answersAfter] = [0, 1_000_000, 0];
  ring = { database: new Keys({} as D1Database), known: new Map(), sealing: {} };
});

function store(number: number, fields: Partial<StoredKey> = {}): StoredKey {
  const key: StoredKey = {
    ...{ id: idOf(number), workspace_id: "acme", name: "A key", role: "agent", agent_id: null, created_by: null },
    ...{ digest: fingerprintOf(textOf(number)), created_at: 0, expires_at: null, revoked_at: null, ...fields },
  };
  stored.set(key.id, key);
  return key;
}

const look = (number: number, mayAsk = true) =>
  identify(
    ring,
    textOf(number),
    () => now,
    async () => mayAsk,
  );

describe("a key is known", () => {
  test.each([
    [29_999, 1],
    [30_000, 2],
    // A clock that jumps back keeps no key alive.
    [-1, 2],
    [0, 1],
  ])("%i ms after it was read: the database was asked %i times", async (later, times) => {
    const key = store(1);
    expect(await look(1)).toEqual(key);
    now += later;
    expect(await look(1)).toEqual(key);
    expect(asked).toBe(times);
  });

  test("from when the database was asked, not from when it answered", async () => {
    store(1);
    answersAfter = 20_000;
    await look(1);
    now += 10_000;
    await look(1);
    expect(asked).toBe(2);
  });

  test("until 10,000 others are: then the one that has been known longest is forgotten", async () => {
    for (let number = 1; number <= 10_000; number++) {
      store(number);
      await look(number);
    }
    expect(ring.known.size).toBe(10_000);
    store(10_001);
    await look(10_001);
    expect(ring.known.size).toBe(10_000);
    expect([ring.known.has(idOf(1)), ring.known.has(idOf(2)), ring.known.has(idOf(10_001))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("only if it opens something", async () => {
    store(1, { revoked_at: 5 });
    store(2, { expires_at: 5 });
    store(3, { digest: fingerprintOf("another") });
    expect([await look(1), await look(2), await look(3), await look(4)]).toEqual([
      "revoked",
      "expired",
      "unknown",
      "unknown",
    ]);
    expect(ring.known.size).toBe(0);
  });

  test("where the database may not be asked, only from before", async () => {
    const key = store(1);
    expect(await look(1, false)).toBe("too-many");
    expect(asked).toBe(0);
    await look(1);
    expect(await look(1, false)).toEqual(key);
  });
});

describe("a key", () => {
  test("expires at its moment, also while it is known", async () => {
    store(1, { expires_at: now + 100 });
    now += 99;
    expect(await look(1)).toMatchObject({ id: idOf(1) });
    now += 1;
    expect(await look(1)).toBe("expired");
    expect(asked).toBe(1);
  });

  test("whose secret is another's is told nothing, revoked or not", async () => {
    store(1, { digest: fingerprintOf("another"), revoked_at: 1, expires_at: 1 });
    expect(await look(1)).toBe("unknown");
  });

  test("that is cut is damaged, and nobody is asked", async () => {
    store(1);
    expect(
      await identify(
        ring,
        textOf(1).slice(0, -1),
        () => now,
        async () => true,
      ),
    ).toBe("damaged");
    expect(asked).toBe(0);
  });
});

test.each([
  ["", "", true],
  ["abc", "abc", true],
  ["abc", "abd", false],
  ["bbc", "abc", false],
  ["abc", "ab", false],
  ["ab", "abc", false],
])("%j and %j are equal: %s", (one, other, equal) => {
  expect(isEqual(one, other)).toBe(equal);
});
