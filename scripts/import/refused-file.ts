import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Refusal } from "./chunks.ts";

/** A descriptor for no file: none could be opened. */
const NOWHERE = -1;

/**
 * The file of the refused lines: beside the input, or in the current folder if that folder is not writable. It exists only if the
 * run has refused lines, and each line is written as soon as it is refused.
 */
export class RefusedFile {
  readonly #candidates: readonly string[];
  readonly #onFallback: (message: string) => void;
  #descriptor: number | undefined;
  #path: string | undefined;

  constructor(input: string, onFallback: (message: string) => void) {
    const name = `${basename(input)
      .replace(/\.gz$/u, "")
      .replace(/\.(?:jsonl|ndjson)$/u, "")}.refused.jsonl`;
    this.#candidates = [...new Set([join(dirname(resolve(input)), name), resolve(name)])];
    this.#onFallback = onFallback;
  }

  /** The path of the file; undefined if there are no refused lines, or if they could not be written. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Removes the file of an earlier run beside the input: its lines may be corrected by now. */
  clear(): void {
    try {
      rmSync(this.#candidates[0] ?? "", { force: true });
    } catch {
      // If a line is refused, opening the file reports the reason.
    }
  }

  add(refusals: readonly Refusal[]): void {
    if (refusals.length === 0) return;
    this.#descriptor ??= this.#open();
    const text = refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join("");
    if (this.#descriptor === NOWHERE) return;
    try {
      writeSync(this.#descriptor, text);
    } catch (error) {
      // A full disk does not stop the import: refused lines are counted, and the next run refuses them again.
      this.#onFallback(`${this.#path} cannot be written (${codeOf(error)}) and is incomplete`);
      this.close();
      this.#descriptor = NOWHERE;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined && this.#descriptor !== NOWHERE) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    const reasons: string[] = [];
    for (const path of this.#candidates) {
      try {
        const descriptor = openSync(path, "w");
        this.#path = path;
        if (reasons.length > 0) this.#onFallback(`${reasons.join("; ")}: refused lines are written to ${path}`);
        return descriptor;
      } catch (error) {
        reasons.push(`${path} cannot be written (${codeOf(error)})`);
      }
    }
    this.#onFallback(`${reasons.join("; ")}: refused lines are only counted`);
    return NOWHERE;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
