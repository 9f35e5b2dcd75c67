import type { Answer } from "./door.ts";

const TOKEN = "Consistency-Token";

/** A ticket as an answer showed it. */
interface Shown {
  readonly id: string;
  readonly version: number;
  readonly customer_id?: string | undefined;
}

/** What a client keeps over all crashes: its token, and what it has seen and written so far, for which the token stands. */
export class Session {
  #token: string | undefined;
  readonly #known = new Map<string, { readonly version: number; readonly customer_id: string | undefined }>();

  /** The headers that a request goes with. */
  get headers(): Record<string, string> {
    return this.#token === undefined ? {} : { [TOKEN]: this.#token };
  }

  /** The version of a ticket that has been seen; 0 for none. */
  versionOf(id: string): number {
    return this.#known.get(id)?.version ?? 0;
  }

  /** What a list must show at least: all of it, or one customer's tickets. */
  expected(customer: string | undefined): ReadonlyMap<string, number> {
    const wanted = [...this.#known].filter(([, known]) => customer === undefined || known.customer_id === customer);
    return new Map(wanted.map(([id, { version }]) => [id, version]));
  }

  /** Notes what an answer showed, and its token. */
  learn(answer: Answer, shown: readonly Shown[]): void {
    this.#token = answer.headers.get(TOKEN) ?? this.#token;
    for (const { id, version, customer_id } of shown) {
      const before = this.#known.get(id);
      this.#known.set(id, {
        version: Math.max(version, before?.version ?? 0),
        customer_id: customer_id ?? before?.customer_id,
      });
    }
  }
}
