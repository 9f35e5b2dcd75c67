/** What a search must find, by looking for text in text, from Unicode's properties and the words of the API: nothing of `src` is used. */

/** The documented bound of what can be searched of a ticket's messages, and of its notes: bytes all together, and characters of each. */
const MOST_TEXT = 32_768;

const utf8 = new TextEncoder();

/**
 * Those of a ticket's texts that can be searched, as far as they can.
 *
 * @param first the message that it begins with; of notes there is none such
 * @param others the other ones, in their order: the newest count
 */
export function searchable(first: readonly string[], others: readonly string[]): string[] {
  let bytes = 0;
  const newest = others.toReversed().filter((text) => {
    const isWithin = bytes < MOST_TEXT;
    bytes += utf8.encode(text).byteLength;
    return isWithin;
  });
  return [...first, ...newest].map((text) =>
    text.length <= MOST_TEXT ? text : [...text].slice(0, MOST_TEXT).join(""),
  );
}

const SPACELESS = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join("");

/** A word with all that cannot be seen in it; or symbols, some of which have letters in them. */
const TOKENS =
  /(?:(?![\u200b])[\p{L}\p{M}\p{Nd}\p{Nl}₀-₉\p{Default_Ignorable_Code_Point}])+|(?:(?![₀-₉])[\p{S}\p{No}])+/gu;
const LETTERS = /[\p{L}\p{M}\p{N}]+/gu;
const PARTS = new RegExp(`[${SPACELESS}]+|[^${SPACELESS}]+`, "gu");
const IS_SPACELESS = new RegExp(`^[${SPACELESS}]`, "u");
const BREAK = new RegExp(`([${SPACELESS}])\\u200b+(?=[${SPACELESS}])`, "gu");

/** Marks of no script, and those of scripts that are read without them; but two of them make other letters of kana. */
const LEFT_OUT = /(?![\u3099\u309a])(?:\p{Script=Inherited}|(?=\p{M})[\p{Script=Arabic}\p{Script=Hebrew}])/u;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/u;

const TYPED: ReadonlyMap<string, string> = new Map([
  ...([
    ["ß", "ss"],
    ["æ", "ae"],
    ["œ", "oe"],
    ["ø", "o"],
    ["ł", "l"],
    ["đ", "d"],
    ["ħ", "h"],
    ["ı", "i"],
    ["ς", "σ"],
  ] as const),
  // Makes a word longer in Arabic.
  ["\u0640", ""],
]);

function plain(token: string): string {
  const characters = [...token.normalize("NFKD").toLowerCase()].map((character) =>
    LEFT_OUT.test(character) || UNSEEN.test(character) ? "" : (TYPED.get(character) ?? character),
  );
  return characters.join("").normalize("NFC");
}

/** A token as it is typed: most of them come again and again. */
const known = new Map<string, readonly string[]>();

function partsOf(token: string): readonly string[] {
  let parts = known.get(token);
  if (parts === undefined) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    const typed = /^[\x00-\x7f]*$/.test(token) ? token.toLowerCase() : plain(token);
    parts = (typed.match(LETTERS) ?? []).flatMap((word) => word.match(PARTS) ?? []);
    if (known.size < 500_000) known.set(token, parts);
  }
  return parts;
}

/**
 * A text as a sequence of what can be found, each with a blank before and after it: words, or single characters where a script has no
 * blanks; between two runs of such characters a stroke.
 */
function unitsOf(text: string): string {
  const parts = (text.replace(BREAK, "$1").match(TOKENS) ?? []).flatMap(partsOf);
  const units = parts.map((part, index) => {
    if (!IS_SPACELESS.test(part)) return part;
    const follows = index > 0 && IS_SPACELESS.test(parts[index - 1] ?? "");
    return `${follows ? "| " : ""}${[...part].join(" ")}`;
  });
  return ` ${units.join(" ")} `;
}

/** Texts as units, with a wall between two of them: no phrase goes from one into the other. */
const asUnits = new WeakMap<readonly string[], string>();

function allUnitsOf(texts: readonly string[]): string {
  const units = asUnits.get(texts) ?? texts.map(unitsOf).join("¦");
  asUnits.set(texts, units);
  return units;
}

const QUOTES = /["“”„«»＂]/u;

/**
 * Whether each part of a query stands in one of the texts; a query without a word is nowhere.
 *
 * @param texts the same array for the same texts: what they hold is computed once
 */
export function hasAll(texts: readonly string[], query: string): boolean {
  const wanted = wantedBy(query);
  return wanted.length > 0 && wanted.every((units) => allUnitsOf(texts).includes(units));
}

let latest = { query: "", wanted: [""] };

function wantedBy(query: string): readonly string[] {
  if (latest.query !== query) {
    const parts = query.split(QUOTES).flatMap((part, index) => (index % 2 === 1 ? [part] : part.split(/\s+/u)));
    latest = { query, wanted: parts.map(unitsOf).filter((units) => units.trim() !== "") };
  }
  return latest.query === "" ? [] : latest.wanted;
}
