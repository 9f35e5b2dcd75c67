import { runHistory } from "../history.ts";

/** Runs histories 1, 2, 3, … until one breaks a promise, and prints which. Started in a copy with a planted bug. */
const most = Number(process.argv[2]);
let found = {};
for (let seed = 1; seed <= most; seed++) {
  const { violations } = await runHistory(seed, 50);
  if (violations.length > 0) {
    found = { seed, violation: violations[0] };
    break;
  }
}
console.log(JSON.stringify(found));
