import { setTimeout as pause } from "node:timers/promises";
import { size } from "../console.ts";
import { type Ensured, ensureDatabase, ensureQueue, hasSecret, logIn } from "./account.ts";
import { readProject } from "./project.ts";
import { migrate, type Release, release } from "./release.ts";
import {
  chooseRootKey,
  type RootKey,
  readGivenKey,
  showNewKey,
  withPrivateFolder,
  writeSecretsFile,
} from "./root-key.ts";
import { smokeTest } from "./smoke-test.ts";
import type { Steps } from "./steps.ts";
import type { Wrangler } from "./wrangler.ts";

/** Parameters of {@link deploy}. */
export interface Deployment {
  readonly wrangler: Wrangler;
  readonly steps: Steps;
  readonly signal: AbortSignal;
  /** The URL to test; undefined: the URL that wrangler prints. */
  readonly url: URL | undefined;
  readonly patienceMs: number;
}

/**
 * Deploys to the account that wrangler is logged in to. Each step checks what exists and adds what is missing, so a repeated run
 * continues one that failed. The order follows from the code of wrangler 4.155:
 *
 * 1. Database and queues come first, by name: `deploy` would create them, but too late for the migrations.
 * 2. Migrations come before the code that needs them. They only add, so the current version keeps working.
 * 3. The secret is uploaded with the version (`deploy --secrets-file`), in one request: no version ever runs without it. `secret put`
 *    before the first deployment would create an empty Worker to hold the secret (`createDraftWorker`); after the deployment it
 *    would be too late. Later deployments inherit the secret (`keepSecrets`).
 * 4. A request from outside proves the deployment.
 *
 * @throws Failure if a step fails; `steps` has the failed step and those that are done.
 */
export async function deploy({ wrangler, steps, signal, url, patienceMs }: Deployment): Promise<void> {
  const given = readGivenKey();
  const project = await readProject();
  const take = async <T>(name: string, work: () => Promise<{ said: string; value: T }>) => {
    signal.throwIfAborted();
    const value = await steps.take(name, work);
    signal.throwIfAborted();
    return value;
  };
  const ensure = (name: string, work: () => Promise<Ensured>) =>
    take(name, async () => ({ said: await work(), value: undefined }));

  await take("Login", async () => ({ said: await logIn(wrangler), value: undefined }));
  await ensure(`Database ${project.database.name}`, () => ensureDatabase(wrangler, project.database.name));
  for (const queue of project.queues) await ensure(`Queue ${queue}`, () => ensureQueue(wrangler, queue));
  const key = await take("Secret ROOT_KEY", async () => {
    const present = await hasSecret(wrangler, "ROOT_KEY");
    const chosen = chooseRootKey(present, given);
    return { said: aboutKey(chosen, present), value: chosen };
  });
  await take("Migrations", async () => {
    const applied = await migrate(wrangler, project.database.binding);
    const said = applied.length === 0 ? "up to date" : `${applied.length} applied (${applied.join(", ")})`;
    return { said, value: undefined };
  });
  const released = await take("Worker", async () => {
    const value = await releaseWithKey(wrangler, key);
    return { said: aboutRelease(value), value };
  });
  if (key.origin === "made") showNewKey(key.value, "");
  const address = url ?? released.url;
  await take("Smoke test", async () => {
    if (address === undefined) return { said: "skipped: wrangler prints no URL; give it with --url", value: undefined };
    const said = await smokeTest({ url: address, key: key.value, patienceMs, signal });
    return { said, value: undefined };
  });
}

async function releaseWithKey(wrangler: Wrangler, key: RootKey): Promise<Release> {
  try {
    return await withPrivateFolder((folder) =>
      release(wrangler, folder, key.value === undefined ? {} : { secretsFile: writeSecretsFile(folder, key.value) }),
    );
  } catch (error) {
    // The deployment may have failed after the upload, at the schedule or at a consumer. Then the key is in place, and the next run
    // keeps it: this is the only time to show it.
    if (key.origin === "made") await showIfInPlace(wrangler, key.value);
    throw error;
  }
}

async function showIfInPlace(wrangler: Wrangler, key: string): Promise<void> {
  // After Ctrl-C, give the child processes a moment to end.
  await pause(100);
  const inPlace = await hasSecret(wrangler, "ROOT_KEY").catch(() => undefined);
  if (inPlace === undefined) showNewKey(key, "; the deployment failed, and it is unknown whether the key is in place");
  else if (inPlace) showNewKey(key, "; the deployment failed after the key was in place");
}

function aboutKey({ origin }: RootKey, present: boolean): string {
  if (origin === "kept") return "exists, kept";
  if (origin === "made") return "missing; a new one is uploaded with the Worker, and shown then";
  return present ? "from the environment, replaces the current key" : "from the environment";
}

function aboutRelease({ url, gzippedBytes }: Release): string {
  const weight = gzippedBytes === undefined ? "" : `, ${size(gzippedBytes)} gzipped`;
  return `deployed${url === undefined ? "" : ` to ${url.origin}`}${weight}`;
}

/** The steps that are done, and what to do next, after a failure. */
export function failureSummary({ done }: Steps): string {
  const before = done.length === 0 ? "Nothing was changed." : `Completed: ${done.join(", ")}.`;
  const deployed = done.includes("Worker")
    ? " The new version is in place: see its log with `npx wrangler tail`, or undo it with `npx wrangler rollback`."
    : "";
  return `${before}${deployed} Run the command again to continue.`;
}
