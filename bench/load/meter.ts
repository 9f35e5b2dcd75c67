import type { Service } from "../runtime/service.ts";
import { median, ratio } from "./numbers.ts";

/** What a kind of request took, round by round. */
export class Meter {
  readonly #rounds: { readonly ms: number; readonly times: number; readonly cpuMs: number | undefined }[] = [];

  /**
   * Does something so many times, one after the other.
   *
   * @param after what belongs to it and goes on after the answers: the processor's time is taken only then
   */
  async round(
    service: Service,
    times: number,
    work: (time: number) => Promise<void>,
    after: () => Promise<void> = async () => {},
  ): Promise<void> {
    const cpuBefore = service.cpuSeconds();
    const took: number[] = [];
    for (let time = 0; time < times; time++) {
      const begun = performance.now();
      await work(time);
      took.push(performance.now() - begun);
    }
    await after();
    const cpuAfter = service.cpuSeconds();
    const isKnown = cpuBefore !== undefined && cpuAfter !== undefined;
    this.#rounds.push({
      ms: median(took) ?? 0,
      times,
      cpuMs: isKnown ? (cpuAfter - cpuBefore) * 1_000 : undefined,
    });
  }

  /** Milliseconds of the processor for one. The clock ticks every 10 ms: only all rounds together tell. */
  get cpuMs(): number | null {
    const known = this.#rounds.flatMap(({ cpuMs }) => cpuMs ?? []);
    const times = this.#rounds.reduce((sum, round) => sum + round.times, 0);
    return known.length < this.#rounds.length ? null : ratio(sumOf(known), times);
  }

  /** What one took beside another that was measured in the same rounds. */
  beside(floor: Meter): Readonly<Record<string, number | null>> {
    const times = this.#rounds.map(({ ms }, round) => ms / (floor.#rounds[round]?.ms ?? Number.NaN));
    return {
      time_ms: median(this.#rounds.map(({ ms }) => ms)),
      time_of_floor: median(times),
      cpu_ms: this.cpuMs,
      cpu_of_floor: ratio(this.cpuMs, floor.cpuMs),
    };
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
