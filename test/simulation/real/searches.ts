import type { Ticket, View } from "../../oracle/views.ts";
import type { Comparison } from "./compare.ts";
import { passedBy } from "./filters.ts";
import { type Extent, ORDERS } from "./lists.ts";

const WORDS = new Intl.Segmenter("und", { granularity: "word" });

/** Around the place that is chosen, this much of a text is cut into words: some texts are long. */
const AROUND = 200;

/** Some words of a text that follow one another, one of them with what is looked for, if there is any in it. */
function part(text: string, words: number, wanted: RegExp, next: () => number): string {
  const from = Math.floor(next() * text.length);
  const at = from + Math.max(0, text.slice(from).search(wanted));
  const start = Math.max(0, at - AROUND);
  const segments = [...WORDS.segment(text.slice(start, at + AROUND).toWellFormed())];
  const places = segments.flatMap(({ isWordLike }, index) => (isWordLike === true ? [index] : []));
  const there = places.findLastIndex((place) => (segments[place]?.index ?? 0) <= at - start);
  const first = Math.max(0, there - Math.floor(next() * words));
  const [begin, end] = [places[first], places[Math.min(first + words, places.length) - 1]];
  if (begin === undefined || end === undefined) return text.slice(0, 8).toWellFormed();
  return segments
    .slice(begin, end + 1)
    .map(({ segment }) => segment)
    .join("");
}

/** As somebody else would type it. */
function otherwise(words: string, comparison: Comparison): string {
  return comparison.pick([
    (text: string) => text,
    (text: string) => text.toUpperCase(),
    (text: string) =>
      text
        .toLowerCase()
        .normalize("NFD")
        .replace(/\p{Script=Inherited}/gu, ""),
    (text: string) => text.normalize("NFKC"),
    (text: string) => text.slice(0, Math.max(1, text.length - 1)).toWellFormed(),
  ])(words);
}

const quoted = (text: string) => `"${text.replaceAll('"', " ")}"`;

/** Something to look for that stands in these texts, mostly. */
function queryFrom(all: readonly string[], wanted: RegExp, comparison: Comparison): string {
  const { next } = comparison;
  const those = all.filter((text) => wanted.test(text));
  const texts = those.length > 0 && next() < 0.8 ? those : all;
  const some = (words: number) =>
    otherwise(part(texts[comparison.below(texts.length)] ?? "", words, wanted, next), comparison).replaceAll("\0", "");
  return comparison.pick([
    () => some(1),
    () => `${some(1)} ${some(1)}`,
    () => quoted(some(2)),
    () => quoted(some(4)),
    () => `${quoted(some(3))} ${some(1)}`,
    () => some(3),
    () => `${some(2)}, ${some(1)}!`,
  ])();
}

/** Some tickets that have something in common in their texts. */
interface Kind {
  readonly name: string;
  readonly wanted: RegExp;
  readonly tickets: readonly Ticket[];
}

/** Each script that is written in the tickets, and what folds in a way of its own: else English would be nearly all that is searched. */
function kindsOf(tickets: readonly Ticket[]): Kind[] {
  const scripts = [
    "Han",
    "Hiragana",
    "Hangul",
    "Cyrillic",
    "Greek",
    "Arabic",
    "Hebrew",
    "Bengali",
    "Malayalam",
    "Thai",
  ];
  const kinds: [string, RegExp][] = [
    ...scripts.map((name): [string, RegExp] => [name, new RegExp(`\\p{Script=${name}}{2}`, "u")]),
    ["accents", /[à-ÿ]/u],
    ["letters", /[ßøłđħæœıİς]/iu],
    ["symbols", /[®™²³½°]/u],
    ["unseen", /\p{Default_Ignorable_Code_Point}/u],
    ["any", /\p{L}/u],
  ];
  return kinds
    .map(([name, wanted]) => ({
      name,
      wanted,
      tickets: tickets.filter(({ texts }) => texts.some((one) => wanted.test(one))),
    }))
    .filter((kind) => kind.tickets.length > 0);
}

/** What the service is asked for is made of the tickets' own words, of every script, with and without filters, in every order. */
export async function compareSearches(comparison: Comparison, tickets: readonly Ticket[], { searches }: Extent) {
  const kinds = kindsOf(tickets);
  const withNotes = tickets.filter(({ notes }) => notes.length > 0);
  const orders: readonly [View, ...View[]] = [{ sort: "relevance" }, { sort: "relevance" }, ...ORDERS];
  const found = new Map<string, number>();
  for (let run = 0; run < searches; run++) {
    const { name, wanted, tickets: those } = kinds[run % kinds.length] ?? { name: "any", wanted: /./, tickets };
    const ticket = those[comparison.below(those.length)] ?? comparison.ticket();
    const noted = comparison.next() < 0.2 ? withNotes[comparison.below(withNotes.length)] : undefined;
    const filters = passedBy(noted ?? ticket);
    const filter = comparison.next() < 0.4 ? filters[comparison.below(filters.length)]?.view : {};
    const text = noted
      ? {
          q_notes: queryFrom(noted.notes, wanted, comparison),
          ...(comparison.next() < 0.3 && { q: queryFrom(noted.texts, wanted, comparison) }),
        }
      : { q: queryFrom(ticket.texts, wanted, comparison) };
    const order = "q" in text ? comparison.pick(orders) : comparison.pick(ORDERS);
    const limit = comparison.pick([2, 20, 100]);
    const size = await comparison.list({ ...filter, ...text, ...order }, { limit, pages: 3 });
    const kind = noted ? "notes" : name;
    found.set(kind, (found.get(kind) ?? 0) + Number(size > 0));
  }
  return found;
}
