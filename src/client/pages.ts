/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly next_cursor: string | null;
}

/**
 * A list: awaited, it is its first page; walked through with `for await`, every entry of all its pages, each of which is asked for
 * when the walk comes to it.
 */
export type Listing<Item, Of extends Page<Item> = Page<Item>> = Paged<Of> & AsyncIterable<Item>;

/** An answer that comes in pages: awaited, it is the first of them. */
export type Paged<Of> = Promise<Of> & {
  /** Page by page. */
  pages(): AsyncIterable<Of>;
};

/**
 * @param read asks for a page: the first one, or that of a cursor
 * @param isLast whether no page comes after this one
 */
export function paged<Of extends { readonly next_cursor: string | null }>(
  read: (cursor?: string) => Promise<Of>,
  isLast: (page: Of) => boolean = ({ next_cursor }) => next_cursor === null,
): Paged<Of> {
  const first = read();
  // Who walks through it later hears of it then; until that, it is nobody's unhandled rejection.
  first.catch(() => {});
  async function* pages() {
    let page = await first;
    yield page;
    while (!isLast(page) && page.next_cursor !== null) {
      page = await read(page.next_cursor);
      yield page;
    }
  }
  return Object.assign(first, { pages });
}

/** The same for a list, whose entries can be walked through, too. */
export function listing<Item, More>(
  read: (cursor?: string) => Promise<Page<Item> & More>,
  isLast?: (page: Page<Item> & More) => boolean,
): Listing<Item, Page<Item> & More> {
  const list = paged(read, isLast);
  async function* items() {
    for await (const page of list.pages()) yield* page.items;
  }
  return Object.assign(list, { [Symbol.asyncIterator]: items });
}
