import { styleText } from "node:util";
import { printDone } from "../console.ts";

/** The outcome of a step: the text of its line, and a value for later steps. */
export interface Outcome<T> {
  readonly said: string;
  readonly value: T;
}

/** Runs the steps of a job one after the other, prints a line for each, and records those that are done. */
export class Steps {
  /** The names of the completed steps. */
  readonly done: string[] = [];
  /** The running step, or the failed one. */
  current = "";

  async take<T>(name: string, work: () => Promise<Outcome<T>>): Promise<T> {
    this.current = name;
    const pending = process.stdout.isTTY;
    if (pending) process.stdout.write(styleText("dim", `… ${name}`));
    try {
      const { said, value } = await work();
      if (pending) process.stdout.write("\r\x1b[K");
      this.done.push(name);
      printDone(`${name}: ${said}`);
      return value;
    } catch (error) {
      if (pending) process.stdout.write("\r\x1b[K");
      throw error;
    }
  }
}
