/** The header of requests and responses. */
const CONSISTENCY_TOKEN = "Consistency-Token";

/** Characters of the header. Proxies reject headers of 8 KB or more; one token has less than 2 KB. */
const MAX_CHARACTERS = 6_000;

/** One token, or `latest`. Two that say the same are still two: one may be known to be covered, the other not. */
interface Part {
  readonly text: string;
}

/**
 * The consistency tokens of a client. The token of a response covers the tokens that its request sent, but not those of concurrent
 * requests: these are sent beside it until one response covers them all.
 */
export class ReaderToken {
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

/** Replaces tokens that do not fit into the header with `latest`, which covers them. */
function bounded(parts: readonly Part[]): readonly Part[] {
  return written(parts).length <= MAX_CHARACTERS ? parts : [{ text: "latest" }];
}

function written(parts: readonly Part[]): string {
  return parts.map(({ text }) => text).join(", ");
}
