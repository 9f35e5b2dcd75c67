import fc from "fast-check";
import { expect, test } from "vitest";
import { formatKey, isKeyLike, keyIdOf, SECRET_BYTES } from "../../src/keys/key.ts";

const made = fc.record({
  id: fc.uuid({ version: 7 }),
  secret: fc.uint8Array({ minLength: SECRET_BYTES, maxLength: SECRET_BYTES }),
});

test("a key has one form, which scanners know, and its id can be read from it", () => {
  fc.assert(
    fc.property(made, ({ id, secret }) => {
      const key = formatKey(id, secret);
      expect(key).toMatch(/^edk_[0-9a-f]{104}$/);
      expect(isKeyLike(key)).toBe(true);
      expect(keyIdOf(key)).toBe(id);
    }),
    { seed: 5 },
  );
});

test("the form is not changed by accident: keys that are in use must stay valid", () => {
  const key = formatKey(
    "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b",
    Uint8Array.from({ length: 32 }, (_, index) => index),
  );
  const secret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  expect(key).toBe(`edk_019a1b2c3d4e7f608a9b0c1d2e3f4a5b${secret}80b3d44c`);
});

test.each(["", "edk_", "edk_hello", "sk_live_1", "EDK_019A", "edk_".padEnd(108, "0"), " edk_"])(
  "%j is no key",
  (text) => {
    expect(keyIdOf(text)).toBeUndefined();
  },
);
