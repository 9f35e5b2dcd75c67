// How text becomes words, in the search tables and in what is searched for.

/** Symbols are no part of a word, though some have letters in them (™, ½): only a subscript is typed as it is said (CO₂). */
const SYMBOLS = /[[\p{S}\p{No}]--[₀-₉]]+/gv;

/**
 * Marks that are left out: accents, points of vowels in Arabic and Hebrew, and what cannot be seen, but for the blank without width.
 * Elsewhere a mark is a vowel (Thai, Hindi) or makes another letter (が of か), and stays.
 */
const MARKS =
  /[[\p{Script=Inherited}\p{Default_Ignorable_Code_Point}]--[\u200b\u3099\u309a]]|[[\p{Mn}\p{Lm}]&&[\u0591-\u05c7\u0610-\u061a\u0640\u0656-\u065f\u06d6-\u06ed]]/gv;

/** What Unicode's decomposition (https://www.unicode.org/reports/tr15/) leaves, and people type otherwise. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  ς: "σ",
  ı: "i",
  ø: "o",
  ł: "l",
  đ: "d",
  ħ: "h",
  æ: "ae",
  œ: "oe",
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

/** Characters of scripts that put no blanks between words, or, like Korean, endings on them. */
const UNSPACED =
  "\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}";
const RUN = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");

/** Says where such a word ends. Who searches does not type it, and finds any part of them without. */
const BREAKS = new RegExp(`(?<=[${UNSPACED}])\\u200b+(?=[${UNSPACED}])`, "gu");

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/** A text without what people leave out or write differently when they search: case, accents, width, ligatures. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .replace(SYMBOLS, " $& ")
    .normalize("NFKD")
    .toLowerCase()
    .replace(MARKS, "")
    .replace(BREAKS, "")
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFC");
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Words of spaced scripts, and runs of characters of the others. */
function runsOf(text: string): string[] {
  const folded = fold(text);
  const words = folded.match(WORD) ?? [];
  return HAS_UNSPACED.test(folded) ? words.flatMap((word) => word.match(RUN) ?? []) : words;
}

/**
 * The words of a text, as the search tables have them. A run without blanks becomes its overlapping pairs of characters, and its
 * last character: so that any part of it can be found.
 */
export function wordsOf(text: string): string[] {
  return runsOf(text).flatMap(wordsOfRun);
}

/** Whether a word is a pair of characters of a run without blanks, or its last character. */
export function isPair(word: string): boolean {
  return HAS_UNSPACED.test(word);
}

function wordsOfRun(run: string): string[] {
  if (!HAS_UNSPACED.test(run)) return [run];
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ""));
}

/** Words that must follow one another. */
export interface Phrase {
  readonly words: readonly string[];
  /** Whether the last of them is only the beginning of a word. */
  readonly isPrefix: boolean;
}

/** What a part of a query looks for; undefined where there is no word in it. */
function phraseOf(text: string): Phrase | undefined {
  const runs = runsOf(text);
  const last = runs.at(-1);
  if (last === undefined) return undefined;
  const words = runs.flatMap(wordsOfRun);
  if (!HAS_UNSPACED.test(last)) return { words, isPrefix: false };
  // The text that is looked for may go on where the run ends: one character begins a pair, and of several the pairs are enough.
  const isPrefix = [...last].length === 1;
  return { words: isPrefix ? words : words.slice(0, -1), isPrefix };
}

/** More words than this are not looked for. */
export const MAX_WORDS = 32;

/** What people, and their telephones, put around a phrase. */
const QUOTES = /["“”„«»＂]/u;

/**
 * What a query looks for: all of its words, and "what stands in quotes" as it stands there. Anything else is no syntax. What
 * belongs together without blanks, like an address or a number with dots, is a phrase, too. Each is looked for once.
 *
 * @returns nothing where there is no word in it
 */
export function phrasesOf(query: string): Phrase[] {
  const parts = query.split(QUOTES).flatMap((part, index) => (index % 2 === 1 ? [part] : part.split(/\s+/u)));
  const phrases = new Map<string, Phrase>();
  let left = MAX_WORDS;
  for (const part of parts) {
    if (left === 0) break;
    const phrase = phraseOf(part);
    if (!phrase) continue;
    const words = phrase.words.slice(0, left);
    const cut = { words, isPrefix: phrase.isPrefix && words.length === phrase.words.length };
    const key = `${cut.isPrefix ? "*" : ""}${words.join(" ")}`;
    if (phrases.has(key)) continue;
    phrases.set(key, cut);
    left -= words.length;
  }
  return [...phrases.values()];
}
