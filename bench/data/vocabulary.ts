import { RARE_WORDS, REPEATED_WORDS, WORD_SHARES } from "./measured.ts";
import type { Random } from "./random.ts";

/** How a language writes. */
export interface Script {
  /** The word of a rank, from 1. */
  readonly word: (rank: number) => string;
  /** What stands between two words. */
  readonly between: string;
  readonly stop: string;
}

const CONSONANTS = [..."tnsrlmdkpbgvfhwjcz"];
const PLAIN = [..."aeiou"];
const ACCENTED = [..."aeiouéüöàñ"];
const ENDINGS = ["", "n", "", "r", "s"];

/** Two or three letters each, in an order that mixes them. */
function syllables(vowels: readonly string[], shift: number): string[] {
  return Array.from({ length: 45 }, (_, index) => {
    const at = index + shift;
    const consonant = CONSONANTS[(at * 7) % CONSONANTS.length] ?? "";
    return `${consonant}${vowels[at % vowels.length]}${ENDINGS[(at * 3) % ENDINGS.length]}`;
  });
}

/** Words of syllables: the more frequent, the shorter. */
function spaced(vowels: readonly string[], shift: number): Script {
  const parts = syllables(vowels, shift);
  return { word: remembered((rank) => digits(rank, parts)), between: " ", stop: ". " };
}

/** One or two characters each, and no blanks: of the block of Chinese characters, but no language. */
function unspaced(): Script {
  const characters = Array.from({ length: 1_800 }, (_, index) => String.fromCodePoint(0x4e00 + index * 11));
  return { word: remembered((rank) => digits(rank, characters)), between: "", stop: "。" };
}

/** Two or more digits of a number, none of them zero. */
function digits(rank: number, symbols: readonly string[]): string {
  let word = "";
  for (let left = rank; left > 0; left = Math.floor((left - 1) / symbols.length)) {
    word = `${symbols[(left - 1) % symbols.length]}${word}`;
  }
  return word;
}

/** Frequent words are made once. */
function remembered(make: (rank: number) => string): (rank: number) => string {
  const frequent = Array.from({ length: FREQUENT_WORDS + 1 }, (_, rank) => make(rank));
  return (rank) => frequent[rank] ?? make(rank);
}

const FREQUENT_WORDS = WORD_SHARES.at(-1)?.[0] ?? 0;
const SLOTS = 65_536;

/** The sums of the shares of the frequent words. */
const sums = sumsOf(frequentShares());
/** For each part of 0 to 1 the first rank that reaches into it. */
const guide = guideTo(sums);

/** Draws a word's rank, each as often as it was measured. */
export function drawRank(random: Random): number {
  const at = random.unit();
  if (at >= 1 - RARE_WORDS.share) return Math.floor(random.loguniform(FREQUENT_WORDS + 1, RARE_WORDS.most));
  const wanted = at / (1 - RARE_WORDS.share);
  let rank = guide[Math.floor(wanted * SLOTS)] ?? 1;
  while ((sums[rank] ?? 1) <= wanted && rank < FREQUENT_WORDS) rank++;
  return rank;
}

function frequentShares(): number[] {
  const shares = [0];
  for (const [index, [rank, share]] of WORD_SHARES.entries()) {
    const [nextRank, nextShare] = WORD_SHARES[index + 1] ?? [rank + 1, share];
    const slope = Math.log(nextShare / share) / Math.log(nextRank / rank);
    for (let at = rank; at < nextRank; at++) shares.push(share * (at / rank) ** slope);
  }
  return shares;
}

function sumsOf(shares: readonly number[]): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  return Float64Array.from(shares, (share) => {
    sum += share / total;
    return sum;
  });
}

function guideTo(sums: Float64Array): Uint32Array {
  const guide = new Uint32Array(SLOTS);
  let rank = 1;
  for (let slot = 0; slot < SLOTS; slot++) {
    while ((sums[rank] ?? 1) <= slot / SLOTS) rank++;
    guide[slot] = rank;
  }
  return guide;
}

/** The scripts of the languages, in the order of their shares: one of them has no blanks, and three of four others accents. */
const SCRIPTS: readonly Script[] = [
  spaced(PLAIN, 0),
  spaced(ACCENTED, 5),
  spaced(ACCENTED, 11),
  spaced(ACCENTED, 17),
  spaced(PLAIN, 23),
  unspaced(),
];

/** The script of a language. */
export function scriptOf(language: number): Script {
  const script = SCRIPTS[language] ?? SCRIPTS[language % 5];
  if (!script) throw new RangeError(`there is no language ${language}`);
  return script;
}

/** How many words there are on average from one full stop to the next, and full stops in a line. */
const SENTENCE = 11;
const LINE = 5;

/** Writes the texts of one ticket: who writes about something says the same words again. */
export class Writer {
  readonly #random: Random;
  readonly #script: Script;
  readonly #said: string[] = [];

  constructor(random: Random, script: Script) {
    this.#random = random;
    this.#script = script;
  }

  /** A text of exactly so many UTF-16 units. */
  text(length: number): string {
    const { between, stop } = this.#script;
    let text = this.#word();
    while (text.length < length) {
      const mark = this.#random.below(SENTENCE * LINE);
      text += mark >= LINE ? between : mark === 0 ? "\n" : stop;
      text += this.#word();
    }
    // Neither blank at its end, nor longer.
    const cut = text.slice(0, length);
    return cut.endsWith(" ") || cut.endsWith("\n") ? `${cut.slice(0, -1)}.` : cut;
  }

  #word(): string {
    const said = this.#said;
    const again = this.#random.happens(REPEATED_WORDS) ? said[this.#random.below(said.length)] : undefined;
    const word = again ?? this.#script.word(drawRank(this.#random));
    said.push(word);
    return word;
  }
}
