import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import { DEFAULT_ORDER, type ListOrder } from "../../src/queries/read-model/list/request.ts";
import { scriptOf } from "../data/vocabulary.ts";
import { queryOf } from "./read-views.ts";
import { readSuite } from "./reads.ts";

/** The words of most tickets, and of those in Chinese characters, by how often they are said. */
const word = (rank: number) => scriptOf(0).word(rank);
const character = (rank: number) => scriptOf(5).word(rank);

const COMMON = 10;
const USUAL = 1_000;
const RARE = 10_000;
const RELEVANCE: ListOrder = { by: "relevance", direction: "desc" };

const search = (what: string, filters: ListFilters, order: ListOrder = DEFAULT_ORDER) => ({
  what,
  path: `/tickets?${queryOf({ filters, order })}`,
});

/** What a page of found tickets costs in the database. */
export const searches = readSuite("searches", 3, () => [
  search("common word", { q: word(COMMON) }),
  search("usual word", { q: word(USUAL) }),
  search("rare word", { q: word(RARE) }),
  search("two common words", { q: `${word(COMMON)} ${word(COMMON + 1)}` }),
  search("common and rare word", { q: `${word(COMMON)} ${word(RARE)}` }),
  search("phrase of two common words", { q: `"${word(COMMON)} ${word(COMMON + 1)}"` }),
  search("phrase that is nowhere", { q: `"${word(USUAL)} ${word(RARE)}"` }),
  search("part of a Chinese sentence", { q: `${character(1)}${character(2)}` }),
  search("common word by relevance", { q: word(COMMON) }, RELEVANCE),
  search("usual word by relevance", { q: word(USUAL) }, RELEVANCE),
  search("usual word by created", { q: word(USUAL) }, { by: "created_at", direction: "desc" }),
  search("common word + open", { q: word(COMMON), status: ["open"] }),
  search("common word + tag: 0.06 %", { q: word(COMMON), tag: ["topic-8"] }),
  search("usual word + open + agent-0", { q: word(USUAL), status: ["open"], assignee_id: "agent-0" }),
  search("common word in notes", { q_notes: word(COMMON) }),
]);
