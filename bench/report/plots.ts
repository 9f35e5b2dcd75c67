import { comparable } from "../comparable.ts";
import type { Figure, System } from "../figures.ts";
import { median } from "../median.ts";
import type { Results } from "../run/results.ts";
import type { Plot, Point } from "./plot.ts";
import { allFigures } from "./tables.ts";

/** The plots of the documents: which value of which table. */
const PLOTS = [
  {
    file: "rows-read.svg",
    suite: "lists",
    value: "rows_read",
    title: "Rows that D1 reads for one page of a list",
    axis: "rows read",
  },
  {
    file: "sql-time.svg",
    suite: "lists",
    value: "sql_ms",
    title: "SQL time of one page of a list",
    axis: "milliseconds",
  },
  {
    file: "money.svg",
    suite: "money-reads",
    value: "total_usd",
    title: "What a million requests of lists, searches and counts cost",
    axis: "dollars, beyond what the plan includes",
  },
] as const;

/** The order in which the systems are drawn and named. */
const ORDER: readonly System[] = ["edgedesk", "compute-on-read", "inline", "node", "sqlite", "emmett"];

/** The plots of a run by file; none where nothing is to be seen. */
export function plotsOf(results: Results): ReadonlyMap<string, Plot> {
  const figures = allFigures(results);
  const plots = PLOTS.map(({ file, suite, value, title, axis }): [string, Plot] => {
    const drawn = figures.filter((figure) => figure.suite === suite && isPositive(figure.values[value]));
    return [file, { title, axis, series: seriesOf(drawn, value) }];
  });
  return new Map(plots.filter(([, { series }]) => series.some(({ points }) => points.length > 1)));
}

function seriesOf(figures: readonly Figure[], value: string) {
  const fair = comparable(figures);
  return ORDER.flatMap((system) => {
    const own = fair.filter((figure) => figure.system === system);
    const sizes = [...new Set(own.map(({ tickets }) => tickets))].toSorted((one, other) => one - other);
    const points = sizes.map((tickets) => pointOf(tickets, own, value)).filter((point) => point !== undefined);
    return points.length > 0 ? [{ system, points }] : [];
  });
}

function pointOf(tickets: number, figures: readonly Figure[], value: string): Point | undefined {
  const numbers = figures.filter((figure) => figure.tickets === tickets).map(({ values }) => values[value]);
  const known = numbers.filter(isPositive);
  const middle = median(known);
  return middle === undefined ? undefined : { tickets, middle, least: Math.min(...known), most: Math.max(...known) };
}

/** A logarithmic axis has no other. */
function isPositive(value: number | null | undefined): value is number {
  return typeof value === "number" && value > 0;
}
