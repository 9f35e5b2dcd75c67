import { count } from "../simulation/faults.ts";
import type { EventSeen, Row } from "./answers.ts";
import { checkFile, rowsBehind } from "./check-file.ts";
import { checkLists } from "./check-lists.ts";
import { checkLog } from "./check-log.ts";
import { checkDetails, checkRows } from "./check-rows.ts";
import type { DataFile } from "./data-file.ts";
import type { Door } from "./door.ts";
import type { Ledger } from "./ledger.ts";

/** Requests at once: as many as there are clients in the load. */
const AT_ONCE = 16;

/** Looks at the service from outside, and holds what it sees to what the clients know. */
export class Judge {
  readonly #door: Door;
  readonly #ledger: Ledger;
  /** The histories, as they were when they were last asked for. */
  readonly #log = new Map<string, readonly EventSeen[]>();
  readonly #before = new Set<string>();

  constructor(door: Door, ledger: Ledger) {
    this.#door = door;
    this.#ledger = ledger;
  }

  /** Takes note of the tickets that are there before the clients come. */
  async noteDemo(): Promise<void> {
    for (const { id } of await this.#door.allRows()) this.#before.add(id);
    await this.#readHistories(this.#before);
  }

  /** Asks for the histories of all tickets that commands named, and holds the tickets to them. */
  async checkTouched(): Promise<void> {
    const { touched } = this.#ledger;
    this.#ledger.touched = new Set();
    await this.#readHistories(touched);
    await inTurn([...touched], async (id) => {
      const shown = await this.#door.details(id);
      this.#ledger.violated(checkDetails(id, shown, this.#log.get(id) ?? []));
    });
  }

  /** Asks for the histories of all tickets there are, whoever touched them. */
  async readAll(): Promise<void> {
    await this.#readHistories(this.#log.keys());
  }

  /**
   * Compares the whole list with the histories of all tickets.
   *
   * @returns whether it is as it must be; what is not, is noted only where `isLastLook`
   */
  async checkList(isLastLook: boolean): Promise<boolean> {
    const rows = await this.#door.allRows();
    await this.#meet(rows);
    const broken = checkRows(rows, this.#log);
    if (broken.length === 0 || isLastLook) count(this.#ledger.tally, "rows compared", rows.length);
    if (isLastLook) this.#ledger.violated(broken);
    return broken.length === 0;
  }

  /** Holds the histories to the commands of the clients, and the lists that they saw to the histories. */
  checkSeen(): void {
    this.#ledger.violated(checkLog(this.#log, this.#ledger.attempts, this.#before));
    this.#ledger.violated(checkLists(this.#ledger.lists, this.#log));
    this.#ledger.lists = [];
  }

  /** @returns how many rows are behind in it */
  checkFile(file: DataFile): number {
    this.#ledger.violated(checkLog(file.log, this.#ledger.attempts, this.#before));
    this.#ledger.violated(checkFile(file));
    return rowsBehind(file);
  }

  /** Imports do not say which tickets they made, nor does a command without an answer: who looks at the list meets them. */
  async #meet(rows: readonly Row[]): Promise<void> {
    const unknown = rows.filter(({ id }) => !this.#log.has(id)).map(({ id }) => id);
    await this.#readHistories(unknown);
  }

  async #readHistories(ids: Iterable<string>): Promise<void> {
    await inTurn([...ids], async (id) => {
      const events = await this.#door.history(id);
      // A ticket that was never there: its command was not acknowledged, or is lost.
      if (events.length > 0) this.#log.set(id, events);
      else this.#log.delete(id);
    });
  }
}

/** Does something with each, several at once. */
async function inTurn<Value>(values: readonly Value[], work: (value: Value) => Promise<void>): Promise<void> {
  const left = values.values();
  const worker = async () => {
    for (const value of left) await work(value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
