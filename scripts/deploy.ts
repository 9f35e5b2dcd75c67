/** `npm run deploy`: puts Edgedesk into a Cloudflare account, an empty one or one that has it. `--help` says more. */
import { parseArgs } from "node:util";
import { Ending, runScript } from "./console.ts";
import { aboutBreak, deploy } from "./deploy/deployment.ts";
import { rehearse } from "./deploy/rehearsal.ts";
import { Steps } from "./deploy/steps.ts";
import { createWrangler } from "./deploy/wrangler.ts";
import { listenForInterruption } from "./interruption.ts";
import { killGroups } from "./local/process-groups.ts";
import { Failure } from "./local/run.ts";
import { assertInstalled } from "./local/wrangler.ts";

const HELP = `npm run deploy [-- OPTIONS]

Deploys Edgedesk to the Cloudflare account that wrangler is logged in to: makes the database and the queues if they are
missing, applies the migrations, deploys the Worker with its secret, and tests it from outside. Running it again is safe.

  --dry-run         only what needs no account: configuration, migrations on an empty database, the bundle and its size
  --url URL         where to test the deployment, if not where wrangler says
  --wait SECONDS    how long the deployment may take to answer (180)
  --verbose         show wrangler's own output

Environment: ROOT_KEY sets or replaces the key; without it the key that is there is kept, or a new one is made and shown once.
CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID are wrangler's.`;

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  assertInstalled();
  const interruption = listenForInterruption();
  interruption.insisted.addEventListener("abort", () => {
    killGroups();
    process.exit(interruption.exitCode());
  });
  const signal = interruption.asked;
  const wrangler = createWrangler(signal, options.verbose ? (text) => process.stderr.write(text) : undefined);
  const steps = new Steps();
  try {
    if (options.dryRun) await rehearse(wrangler, steps);
    else await deploy({ wrangler, steps, signal, url: options.url, patienceMs: options.patienceMs });
    return 0;
  } catch (error) {
    const after = options.dryRun ? "Nothing was changed." : aboutBreak(steps);
    if (signal.aborted) throw new Ending(`Stopped at: ${steps.current}. ${after}`, interruption.exitCode());
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${steps.current || "Deployment"} failed: ${error.message.replace(/\.$/u, "")}. ${after}`);
  }
});

function readOptions(args: string[]) {
  const { values } = parsed(args);
  const seconds = Number(values.wait);
  if (!(seconds >= 0 && seconds <= 3_600)) throw new Ending("--wait takes a number of seconds, 0 to 3600", 2);
  if (values.url !== undefined && !/^https?:\/\//u.test(values.url)) {
    throw new Ending("--url takes an address that begins with https:// or http://", 2);
  }
  return {
    help: values.help,
    dryRun: values["dry-run"],
    verbose: values.verbose,
    url: values.url === undefined ? undefined : new URL(values.url),
    patienceMs: seconds * 1_000,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "dry-run": { type: "boolean", default: false },
        url: { type: "string" },
        wait: { type: "string", default: "180" },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new Ending(`${error instanceof Error ? error.message : String(error)} (see npm run deploy -- --help)`, 2);
  }
}
