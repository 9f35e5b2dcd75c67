/** One sample of the text format: its series, and its value. */
interface Sample {
  /** The name with its labels. */
  readonly series: string;
  readonly name: string;
  /** The upper bound of a bucket. */
  readonly le: string | undefined;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: Sample[];
}

// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const VALUE = String.raw`-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+?Inf)|NaN`;
const SAMPLE = new RegExp(`^((${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})?) (${VALUE})( -?\\d+)?$`, "i");
const HELP = new RegExp(`^# HELP (${NAME}) (\\S.*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);

/** Seconds since 1970, from 2000 to 2100. Milliseconds of our days are beyond. */
const [YEAR_2000, YEAR_2100] = [946_684_800, 4_102_444_800];

/** What a text of metrics has that the format, or its own names, forbid. Parsers are lenient with all of these. */
export function breachesOfMetrics(text: string): string[] {
  if (!text.endsWith("\n")) return ["the last line has no newline"];
  const { families, breaches } = familiesOf(text.slice(0, -1).split("\n"));
  const series = families.flatMap(({ samples }) => samples.map((sample) => sample.series));
  const twice = series.filter((one, index) => series.indexOf(one) < index);
  return [...breaches, ...twice.map((one) => `${one} is there twice`), ...families.flatMap(breachesOfFamily)];
}

function familiesOf(lines: readonly string[]) {
  const families: Family[] = [];
  const breaches: string[] = [];
  let help: string | undefined;
  for (const line of lines) {
    const current = families.at(-1);
    const [, helped] = HELP.exec(line) ?? [];
    const [, typed, type = ""] = TYPE.exec(line) ?? [];
    const [, series = "", name, labels = "", value = "", timestamp] = SAMPLE.exec(line) ?? [];
    if (helped !== undefined) {
      if (help !== undefined) breaches.push(`${help} has no type`);
      help = helped;
    } else if (typed !== undefined) {
      if (typed !== help) breaches.push(`${typed} has no help before its type`);
      if (families.some((one) => one.name === typed)) breaches.push(`${typed} is there in two groups`);
      families.push({ name: typed, type, samples: [] });
      help = undefined;
    } else if (name !== undefined && current && name.replace(suffixesOf(current), "") === current.name) {
      if (timestamp !== undefined) breaches.push(`${series} has a time of its own`);
      const [, le] = /(?:^|,)le="([^"]*)"/.exec(labels) ?? [];
      current.samples.push({ series, name, le, value: numberOf(value) });
    } else breaches.push(`no line of the format, or of another metric: ${line}`);
  }
  return { families, breaches };
}

function suffixesOf({ type }: Family): RegExp {
  return type === "histogram" ? /_(?:bucket|sum|count)$/ : /$^/;
}

function numberOf(value: string): number {
  return Number(value.replace(/Inf/i, "Infinity"));
}

function breachesOfFamily({ name, type, samples }: Family): string[] {
  const breaches = samples.length === 0 ? [`${name} has no sample`] : [];
  for (const { series, value } of samples) {
    if (!Number.isFinite(value)) breaches.push(`${series} is no number`);
    if (type !== "gauge" && value < 0) breaches.push(`${series} is negative`);
    if (name.endsWith("_timestamp_seconds") && (value < YEAR_2000 || value > YEAR_2100)) {
      breaches.push(`${series} is not in seconds`);
    }
  }
  if ((type === "counter") !== name.endsWith("_total")) breaches.push(`${name} is no name of a ${type}`);
  return type === "histogram" ? [...breaches, ...breachesOfHistogram(name, samples)] : breaches;
}

function breachesOfHistogram(name: string, samples: readonly Sample[]): string[] {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const total = (suffix: string) => samples.find((sample) => sample.name === name + suffix)?.value;
  const breaches: string[] = [];
  for (const [index, { le, value, series }] of buckets.entries()) {
    const before = buckets[index - 1];
    if (le === undefined) breaches.push(`${series} has no bound`);
    if (!before) continue;
    if (!(numberOf(le ?? "") > numberOf(before.le ?? ""))) breaches.push(`${series} comes after a greater bound`);
    if (value < before.value) breaches.push(`${series} is less than the bucket before`);
  }
  const last = buckets.at(-1);
  if (last?.le !== "+Inf") breaches.push(`${name} has no bucket of all`);
  if (last?.value !== total("_count")) breaches.push(`${name} counts more or less than its bucket of all`);
  if (total("_sum") === undefined) breaches.push(`${name} has no sum`);
  return breaches;
}
