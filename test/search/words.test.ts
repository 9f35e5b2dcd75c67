import { describe, expect, test } from "vitest";
import { MAX_WORDS, phrasesOf, wordsOf } from "../../src/search/words.ts";

describe("the words of a text", () => {
  test.each([
    ["Invoice, PAID!", "invoice paid"],
    ["Crème Brûlée", "creme brulee"],
    ["Straße STRASSE ẞ", "strasse strasse ss"],
    ["ΟΔΟΣ οδός", "οδοσ οδοσ"],
    ["İstanbul ISPARTA ısı", "istanbul isparta isi"],
    ["Łódź Øre đ Æther œuvre", "lodz ore d aether oeuvre"],
    ["Ёлка Йод", "елка иод"],
    ["مُحَمَّد أحمد مـــرحبا", "محمد احمد مرحبا"],
    ["שָׁלוֹם", "שלום"],
    ["בית־ספר סוף׃ א׀ב ג׆ד", "בית ספר סוף א ב ג ד"],
    ["בְּרֵאשִׁ֖ית צה״ל ג׳ורג׳", "בראשית צה ל ג ורג"],
    ["آية\u06ddثم\u06deقال", "اية ثم قال"],
    ["Foo™ ®Bar® 2½ kg² ㎏5 №7 ₨500 Ⓕⓞⓞ℠", "foo tm bar 2 1 2 kg 2 kg 5 no 7 rs 500 foosm"],
    ["CO₂ 1ª x¹²", "co2 1a x 12"],
    ["one\u200btwo 3\u200b登録", "one two 3 登録 録"],
    ["สวัสดี\u200bครับ", "สว วั ัส สด ดี ีค คร รั ับ บ"],
    ["ﬁle ① Ｗｉｄｅ", "file 1 wide"],
    ["नमस्ते दुनिया", "नमस्ते दुनिया"],
    ["co\u00adop می\u200cخواهم", "coop میخواهم"],
    ["don't a@b.example v1.2", "don t a b example v1 2"],
    ["請求書", "請求 求書 書"],
    ["ログイン iPhone充電", "ログ グイ イン ン iphone 充電 電"],
    ["ﾛｸﾞｲﾝ", "ログ グイ イン ン"],
    ["환불해 주세요", "환불 불해 해 주세 세요 요"],
    ["ที่อยู่", "ที ี่ ่อ อย ยู ู่ ่"],
    ["🎉 --- (!)", ""],
    ["", ""],
  ])("%s", (text, words) => {
    expect(wordsOf(text).join(" ")).toBe(words);
  });
});

describe("what a query looks for", () => {
  const written = (query: string) =>
    phrasesOf(query).map(({ words, isPrefix }) => words.join(" ") + (isPrefix ? "*" : ""));

  test.each([
    ["two words", ["two", "words"]],
    ['"two words" more', ["two words", "more"]],
    ["“two words”", ["two words"]],
    ['never "closed at all', ["never", "closed at all"]],
    ["a@b.example", ["a b example"]],
    ["NEAR(a b) OR -c* {subject}: ^x + y", ["near a", "b", "or", "c", "subject", "x", "y"]],
    ["facets:x", ["facets x"]],
    ["請求書", ["請求 求書"]],
    ["請", ["請*"]],
    ["x請 請x", ["x 請*", "請 x"]],
    ['"請求 書"', ["請求 求 書*"]],
    ['one One "ONE"', ["one"]],
    ['"one two" one two "one two"', ["one two", "one", "two"]],
    ["請 請 請求 請", ["請*", "請求"]],
    ['"', []],
    ['"" 🎉 --', []],
  ])("%s", (query, phrases) => {
    expect(written(query)).toEqual(phrases);
  });

  test("is bounded", () => {
    const words = Array.from({ length: 10_000 }, (_, index) => `w${index}`);
    for (const query of [words.join(" "), `"${words.join(" ")}"`, "請".repeat(10_000)]) {
      expect(phrasesOf(query).flatMap((phrase) => phrase.words)).toHaveLength(MAX_WORDS);
    }
  });

  test("is not bounded sooner by what is said again", () => {
    const again = Array.from({ length: MAX_WORDS }, (_, index) => (index % 2 === 0 ? "same" : "請"));
    expect(written([...again, "other"].join(" "))).toEqual(["same", "請*", "other"]);
  });
});
