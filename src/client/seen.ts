/** The header that carries what a reader has seen, both ways. */
const CONSISTENCY_TOKEN = "Consistency-Token";

/** Characters that are sent. Proxies refuse a header of 8 KB or more; one token has less than 2 KB. */
const LONGEST = 6_000;

/** One token, or `latest`. Two that say the same are still two: one may be known to be covered, the other not. */
interface Part {
  readonly text: string;
}

/**
 * What a client has seen and written. The token of an answer stands for all that its request had sent. It does not stand for what
 * other requests brought meanwhile: their tokens are sent beside it, until one answer covers them all.
 */
export class Seen {
  #parts: readonly Part[];

  /** @param text as {@link text} gave it */
  constructor(text = "") {
    this.#parts = bounded(text.split(",").flatMap((part) => (part.trim() === "" ? [] : [{ text: part.trim() }])));
  }

  /** The header's value; undefined while nothing has been seen. */
  get text(): string | undefined {
    return this.#parts.length === 0 ? undefined : written(this.#parts);
  }

  /**
   * Puts what has been seen into a request's headers.
   *
   * @returns what to do with the headers of its answer
   */
  addTo(headers: Headers): (answer: Headers) => void {
    const sent = this.#parts;
    if (sent.length > 0) headers.append(CONSISTENCY_TOKEN, written(sent));
    return (answer) => {
      const text = answer.get(CONSISTENCY_TOKEN);
      if (text === null) return;
      this.#parts = bounded([...this.#parts.filter((part) => !sent.includes(part)), { text }]);
    };
  }
}

/** What is too much to send is all of what was recorded so far: that includes it. */
function bounded(parts: readonly Part[]): readonly Part[] {
  return written(parts).length <= LONGEST ? parts : [{ text: "latest" }];
}

function written(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join(", ");
}
