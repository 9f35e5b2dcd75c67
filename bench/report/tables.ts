import type { Figure } from "../figures.ts";
import { moneyOfCommands, moneyOfReads } from "../money.ts";
import type { Results } from "../run/results.ts";
import { capacity, freePlan, storage } from "../sizing.ts";
import { cell, heading, plain, SYSTEMS, shortly } from "./format.ts";

/** What each table is, and what measures it where that is not the suite of its name. */
const ABOUT: Readonly<Record<string, { readonly sentence: string; readonly suites?: readonly string[] }>> = {
  lists: { sentence: "What one page of a list takes, by filter and order." },
  searches: { sentence: "What one page of a search takes." },
  counts: { sentence: "What the counts take." },
  requests: { sentence: "What a whole request takes the process that runs the Worker and its database." },
  commands: { sentence: "What a command takes, and what it takes to project its change." },
  "command-times": {
    sentence: "What a whole command takes the process that runs the Worker, its queue and its database.",
  },
  lag: { sentence: "How long after its commit a change is in the lists." },
  throughput: { sentence: "How much can be sustained, and the share of what the database can do at most." },
  emmett: { sentence: "Emmett with its SQLite store, whose guarantees are others." },
  bundle: { sentence: "The Worker as it is deployed, minified; the budget is 200,000 bytes, gzipped." },
  storage: {
    sentence: "What a ticket takes in a database, and how many the largest database of each plan holds.",
    suites: [],
  },
  capacity: {
    sentence: "How many lists a second one thread answers by the SQL time alone, if it does nothing else.",
    suites: ["lists"],
  },
  "money-reads": {
    sentence: "Dollars per million requests of lists, searches and counts, beyond what the plan includes.",
    suites: ["lists", "searches", "counts", "requests"],
  },
  "money-commands": {
    sentence: "Dollars per million commands, their projection included, beyond what the plan includes.",
    suites: ["commands", "command-times"],
  },
  "free-plan": {
    sentence: "How many tickets a day each limit of the free plan carries; the least of them is what it carries.",
    suites: ["commands", "lists"],
  },
};

/** The figures of all tables: those that were measured, and those that follow from them. */
export function allFigures({ figures }: Pick<Results, "figures">): Figure[] {
  const measured = figures.filter(({ suite }) => suite !== "storage");
  const derived = [storage, capacity, moneyOfReads, moneyOfCommands, freePlan].flatMap((derive) => derive(figures));
  return [...measured, ...derived];
}

/** The tables of a run by name, each with a sentence and its command. */
export function tablesOf(results: Results): ReadonlyMap<string, string> {
  const figures = allFigures(results);
  const names = new Set(figures.map(({ suite }) => suite));
  const tables = new Map([["machine", machineTable(results)]]);
  for (const name of names) {
    const { sentence, suites = [name] } = ABOUT[name] ?? { sentence: "What was measured." };
    const command = ["npm run bench --", ...suites.map((suite) => `--only ${suite}`)].join(" ");
    const how = suites.length === 0 ? "`npm run bench`" : `\`${command}\``;
    const some = figures.filter(({ suite }) => suite === name);
    tables.set(name, [`${sentence} ${sizeOf(some)}${how}`, table(some)].join("\n\n"));
  }
  return tables;
}

/** Where all is of one size, that is said once. */
function sizeOf(figures: readonly Figure[]): string {
  const [size = 0, ...others] = new Set(figures.map(({ tickets }) => tickets));
  return size > 0 && others.length === 0 ? `With ${shortly(size)} tickets. ` : "";
}

/** One line a thing and system; a column a value and size. */
function table(figures: readonly Figure[]): string {
  const sizes = [...new Set(figures.map(({ tickets }) => tickets))].toSorted((one, other) => one - other);
  const names = [...new Set(figures.flatMap(({ values }) => Object.keys(values)))];
  const rows = new Map<string, { first: Figure; all: Figure[] }>();
  for (const figure of figures) {
    const key = `${figure.what}\n${figure.system}`;
    const row = rows.get(key);
    if (row) row.all.push(figure);
    else rows.set(key, { first: figure, all: [figure] });
  }
  const columns = names.flatMap((name) =>
    columnsOf(
      name,
      sizes,
      [...rows.values()].map(({ all }) => all),
    ),
  );
  // Side by side: all systems of the first thing, then all of the second.
  const order = [...new Set(figures.map(({ what }) => what))];
  const sorted = [...rows.values()].toSorted((a, b) => order.indexOf(a.first.what) - order.indexOf(b.first.what));
  return markdown(
    ["what", "system", ...columns.map(({ head }) => head)],
    sorted.map(({ first, all }) => [
      plain(first.what),
      SYSTEMS[first.system],
      ...columns.map(({ read }) => cell(read(all))),
    ]),
  );
}

/** The columns of a value: one a size, or one for all where no size makes a difference anywhere. */
function columnsOf(name: string, sizes: readonly number[], rows: readonly (readonly Figure[])[]) {
  const isSame = rows.every((row) => new Set(row.map(({ values }) => values[name])).size <= 1);
  if (isSame) return [{ head: heading(name), read: (row: readonly Figure[]) => row[0]?.values[name] }];
  return sizes.map((size) => ({
    head: `${heading(name)}, ${shortly(size)}`,
    read: (row: readonly Figure[]) => row.find(({ tickets }) => tickets === size)?.values[name],
  }));
}

function machineTable({ date, minutes, machine, options }: Results): string {
  const { cores, cpu, memory_bytes, kernel, load, versions } = machine;
  const rows = [
    ["date", date.slice(0, 10)],
    ["tickets", options.tickets.map(cell).join("; ")],
    ["minutes", cell(minutes)],
    ["cores", `${cores}, ${cpu}`],
    ["memory", `${cell(memory_bytes / 1_000_000_000)} GB`],
    ["kernel", kernel],
    ["load before the run", cell(load)],
    ...Object.entries(versions),
  ];
  return `The machine of the run, and what ran on it. \`npm run bench\`\n\n${markdown(
    ["", ""],
    rows.map((row) => row.map(plain)),
    1,
  )}`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[], words = 2): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const ruler = `|${head.map((_, index) => (index < words || head.length === 2 ? "---" : "---:")).join("|")}|`;
  return [line(head), ruler, ...rows.map(line)].join("\n");
}
