import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Refusal } from "./chunks.ts";

/** Stands for a descriptor when no file could be opened. */
const NOWHERE = -1;

/**
 * The file for the lines that were not taken: beside the input, or in the current folder if that one cannot be written to. It
 * exists only if this run refused something, and has each refusal as soon as it is known.
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

  /** Where the refusals are; undefined if there are none, or if they could not be written. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Removes what an earlier run has left beside the input: its lines may be mended by now. */
  clear(): void {
    try {
      rmSync(this.#candidates[0] ?? "", { force: true });
    } catch {
      // Not ours to remove; if something is refused, opening it will say so.
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
      // A full disk is no reason to stop: what is refused is counted, and the next run finds it again.
      this.#onFallback(`${this.#path} cannot be written any more (${codeOf(error)}): it is not complete`);
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
        if (reasons.length > 0) this.#onFallback(`${reasons.join("; ")}: refused lines go to ${path}`);
        return descriptor;
      } catch (error) {
        reasons.push(`${path} cannot be written (${codeOf(error)})`);
      }
    }
    this.#onFallback(`${reasons.join("; ")}: refused lines are kept nowhere, only counted`);
    return NOWHERE;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
