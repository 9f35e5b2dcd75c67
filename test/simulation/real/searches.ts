import type { Ticket, View } from "../../oracle/views.ts";
import type { Comparison } from "./compare.ts";
import { passedBy } from "./filters.ts";
import { type Extent, ORDERS } from "./lists.ts";

const WORDS = new Intl.Segmenter("und", { granularity: "word" });

/** More characters are not cut into words: some texts are long. */
const HEAD = 4_000;

/** A part of a text, from one word to another. */
function part(text: string, words: number, next: () => number): string {
  const start = next() < 0.7 ? 0 : Math.floor(next() * Math.max(0, text.length - HEAD));
  const segments = [...WORDS.segment(text.slice(start, start + HEAD).toWellFormed())];
  const places = segments.flatMap(({ isWordLike }, index) => (isWordLike === true ? [index] : []));
  const first = Math.floor(next() * places.length);
  const [from, to] = [places[first], places[Math.min(first + words, places.length) - 1]];
  if (from === undefined || to === undefined) return text.slice(0, 8).toWellFormed();
  return segments
    .slice(from, to + 1)
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
function queryFrom(texts: readonly string[], comparison: Comparison): string {
  const { next } = comparison;
  const some = (words: number) =>
    otherwise(part(texts[comparison.below(texts.length)] ?? "", words, next), comparison).replaceAll("\0", "");
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

/** Each script that is written in the tickets, with those that use it: else English would be nearly all that is searched. */
export function byScript(tickets: readonly Ticket[]): Map<string, Ticket[]> {
  const names = ["Han", "Hiragana", "Hangul", "Cyrillic", "Greek", "Arabic", "Hebrew", "Bengali", "Malayalam", "Thai"];
  const tests = new Map(names.map((name) => [name, new RegExp(`\\p{Script=${name}}{2}`, "u")]));
  tests
    .set("accents", /[à-ÿ]/u)
    .set("symbols", /[®™²³½°\u200b\u00ad]/u)
    .set("any", /./u);
  const found = [...tests].map(([name, test]): [string, Ticket[]] => [
    name,
    tickets.filter(({ texts, notes }) => [...texts, ...notes].some((text) => test.test(text))),
  ]);
  return new Map(found.filter(([, those]) => those.length > 0));
}

/** What the service is asked for is made of the tickets' own words, of every script, with and without filters, in every order. */
export async function compareSearches(comparison: Comparison, tickets: readonly Ticket[], { searches }: Extent) {
  const scripts = [...byScript(tickets)];
  const withNotes = tickets.filter(({ notes }) => notes.length > 0);
  const orders: readonly [View, ...View[]] = [{ sort: "relevance" }, { sort: "relevance" }, ...ORDERS];
  const found = new Map<string, number>();
  for (let run = 0; run < searches; run++) {
    const [script, those] = scripts[run % scripts.length] ?? ["", []];
    const ticket = those[comparison.below(those.length)] ?? comparison.ticket();
    const noted = comparison.next() < 0.2 ? withNotes[comparison.below(withNotes.length)] : undefined;
    const filters = passedBy(noted ?? ticket);
    const filter = comparison.next() < 0.4 ? filters[comparison.below(filters.length)]?.view : {};
    const text = noted
      ? {
          q_notes: queryFrom(noted.notes, comparison),
          ...(comparison.next() < 0.3 && { q: queryFrom(noted.texts, comparison) }),
        }
      : { q: queryFrom(ticket.texts, comparison) };
    const order = "q" in text ? comparison.pick(orders) : comparison.pick(ORDERS);
    const limit = comparison.pick([2, 20, 100]);
    const size = await comparison.list({ ...filter, ...text, ...order }, { limit, pages: 3 });
    const kind = noted ? "notes" : script;
    found.set(kind, (found.get(kind) ?? 0) + Number(size > 0));
  }
  return found;
}
