import { styleText } from "node:util";
import { sayDone } from "../console.ts";

/** What a step did, in words for its line, and what later steps need of it. */
export interface Outcome<T> {
  readonly said: string;
  readonly value: T;
}

/** Takes the steps of a job one after the other, shows a line for each, and remembers which are done. */
export class Steps {
  /** The names of the steps that are done. */
  readonly done: string[] = [];
  /** The step that is under way, or the one that failed. */
  current = "";

  async take<T>(name: string, work: () => Promise<Outcome<T>>): Promise<T> {
    this.current = name;
    const pending = process.stdout.isTTY;
    if (pending) process.stdout.write(styleText("dim", `… ${name}`));
    try {
      const { said, value } = await work();
      if (pending) process.stdout.write("\r\x1b[K");
      this.done.push(name);
      sayDone(`${name}: ${said}`);
      return value;
    } catch (error) {
      if (pending) process.stdout.write("\r\x1b[K");
      throw error;
    }
  }
}
