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

/** What a deployment needs from its caller. */
export interface Deployment {
  readonly wrangler: Wrangler;
  readonly steps: Steps;
  readonly signal: AbortSignal;
  /** Where to test, if not where wrangler says. */
  readonly url: URL | undefined;
  readonly patienceMs: number;
}

/**
 * Deploys to the account that wrangler is logged in to, empty or not. Each step looks at what is there and adds what is missing,
 * so that a run that broke off is continued by the next one. The order is wrangler 4.155's (its code is the source):
 *
 * 1. Database and queues come first, by name: `deploy` would make them, but too late for the migrations.
 * 2. Migrations come before the code that needs them. They only add, so the version that is still serving does not mind.
 * 3. The secret goes up with the version (`deploy --secrets-file`), in one request: no version ever runs without it. `secret put`
 *    before the first deployment would put an empty Worker in place to hang the secret on (`createDraftWorker`), and after it
 *    would come too late. Later deployments inherit the secret (`keepSecrets`).
 * 4. A request from outside is the only proof.
 *
 * @throws Failure if a step fails; `steps` says which, and what is done.
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
    if (address === undefined)
      return { said: "left out: wrangler names no address, give it with --url", value: undefined };
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
    // It may have failed after the upload, at the schedule or at a consumer: then the key is in place, the next run will keep it,
    // and now is the only time to show it.
    if (key.origin === "made") await showIfInPlace(wrangler, key.value);
    throw error;
  }
}

async function showIfInPlace(wrangler: Wrangler, key: string): Promise<void> {
  // After a Ctrl-C, the programs that it ends get a moment to do so.
  await pause(100);
  const inPlace = await hasSecret(wrangler, "ROOT_KEY").catch(() => undefined);
  if (inPlace === undefined)
    showNewKey(key, "; the deployment broke off, and it is unknown whether the key is in place");
  else if (inPlace) showNewKey(key, "; the deployment broke off after the key was in place");
}

function aboutKey({ origin }: RootKey, present: boolean): string {
  if (origin === "kept") return "is there, kept";
  if (origin === "made") return "is missing; a new one goes up with the Worker, and is shown then";
  return present ? "from the environment, replaces the one that is there" : "from the environment";
}

function aboutRelease({ url, gzippedBytes }: Release): string {
  const weight = gzippedBytes === undefined ? "" : `, ${size(gzippedBytes)} gzipped`;
  return `deployed${url === undefined ? "" : ` to ${url.origin}`}${weight}`;
}

/** What is done and what to do next when something breaks off, in one or two sentences. */
export function aboutBreak({ done }: Steps): string {
  const before = done.length === 0 ? "Nothing was changed." : `Done before: ${done.join(", ")}.`;
  const deployed = done.includes("Worker")
    ? " The new version is in place: `npx wrangler tail` shows what it does, `npx wrangler rollback` takes it back."
    : "";
  return `${before}${deployed} Running it again is safe: it goes on from there.`;
}
