import { runHistory } from "./history.ts";

const from = Number(process.argv[2] ?? 1),
  n = Number(process.argv[3] ?? 20);
const t = performance.now();
let bad = 0;
const tally: Record<string, number> = {};
for (let seed = from; seed < from + n; seed++) {
  const lines: string[] = [];
  const out = await runHistory(seed, 50, n === 1 ? (line) => lines.push(line) : undefined);
  for (const [k, v] of Object.entries(out.tally)) tally[k] = (tally[k] ?? 0) + v;
  if (out.violations.length) {
    bad++;
    console.log(seed, out.violations.slice(0, 3));
    if (n === 1) console.log(lines.join("\n"));
  }
}
console.log(n, "histories", bad, "bad", ((performance.now() - t) / n).toFixed(1), "ms each", tally);
