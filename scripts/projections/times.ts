import { duration, figure } from "../console.ts";

const TWO_DAYS_MS = 48 * 3_600_000;

/** The time since then: "34 s ago", "on 2026-11-18 10:00:00 UTC", "never". Times are RFC 3339, `now` is milliseconds since 1970. */
export function ago(time: string | null, now: number): string {
  if (time === null) return "never";
  const passed = now - Date.parse(time);
  return passed > TWO_DAYS_MS ? `on ${moment(time)}` : `${duration(passed)} ago`;
}

/** The time until then: "4 min 3 s", "now". */
export function ahead(time: string | null, now: number): string {
  if (time === null) return "-";
  const left = Date.parse(time) - now;
  return left > 0 ? duration(left) : "now";
}

/** A time for people: "2026-11-18 10:00:00 UTC". */
export function moment(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")} UTC`;
}

/** Seconds, also fractions: "10 ms", "2.5 s", "1 min 0 s". */
export function seconds(value: number): string {
  return value < 1 ? `${figure(value * 1_000)} ms` : duration(value * 1_000);
}

/** The rate and the time left, if known: "350/s", "11 s left". */
export function pace({ rate, seconds_left }: { rate: number | null; seconds_left: number | null }): string[] {
  return [
    ...(rate === null ? [] : [`${rate < 10 ? rate.toFixed(1) : figure(rate)}/s`]),
    ...(seconds_left === null ? [] : [`${duration(seconds_left * 1_000)} left`]),
  ];
}
