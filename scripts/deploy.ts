/** `npm run deploy`: deploys Edgedesk to a Cloudflare account, or updates it there. See `--help`. */
import { parseArgs } from "node:util";
import { ExitError, runScript } from "./console.ts";
import { deploy, failureSummary } from "./deploy/deployment.ts";
import { rehearse } from "./deploy/rehearsal.ts";
import { Steps } from "./deploy/steps.ts";
import { createWrangler } from "./deploy/wrangler.ts";
import { listenForInterruption } from "./interruption.ts";
import { killGroups } from "./local/process-groups.ts";
import { Failure } from "./local/run.ts";
import { assertInstalled } from "./local/wrangler.ts";

const HELP = `npm run deploy [-- OPTIONS]

Deploys Edgedesk to the Cloudflare account that wrangler is logged in to. Creates the database and the queues if they are missing,
applies the migrations, deploys the Worker with its secret, and tests it from outside. The command can be repeated.

  --dry-run         check the configuration, the migrations (on an empty database) and the size of the bundle; needs no account
  --url URL         test the deployment at this URL (default: the URL that wrangler prints)
  --wait SECONDS    wait this long for the deployment to answer (default: 180)
  --verbose         print wrangler's output

Environment:
  ROOT_KEY                sets or replaces the root key; without it, the current key stays, or a new key is created and shown once
  CLOUDFLARE_API_TOKEN    read by wrangler
  CLOUDFLARE_ACCOUNT_ID   read by wrangler`;

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
    const after = options.dryRun ? "Nothing was changed." : failureSummary(steps);
    if (signal.aborted) throw new ExitError(`Stopped at: ${steps.current}. ${after}`, interruption.exitCode());
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${steps.current || "Deployment"} failed: ${error.message.replace(/\.$/u, "")}. ${after}`);
  }
});

function readOptions(args: string[]) {
  const { values } = parsed(args);
  const seconds = Number(values.wait);
  if (!(seconds >= 0 && seconds <= 3_600)) throw new ExitError("--wait needs a number of seconds from 0 to 3600", 2);
  if (values.url !== undefined && !/^https?:\/\//u.test(values.url)) {
    throw new ExitError("--url needs a URL that begins with https:// or http://", 2);
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
    throw new ExitError(`${error instanceof Error ? error.message : String(error)} (see npm run deploy -- --help)`, 2);
  }
}
