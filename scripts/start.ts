/**
 * `npm start`: runs the service on this machine. `PORT` sets the port, `PERSIST_TO` the data folder.
 * Every process that it starts ends with it.
 */
import { printWarning } from "./console.ts";
import { seedDemo } from "./demo/seed.ts";
import { startCron } from "./local/cron.ts";
import { takeDataFolder } from "./local/data-lock.ts";
import { startDevServer } from "./local/dev-server.ts";
import { greeting } from "./local/greeting.ts";
import { migrateLocally } from "./local/migrations.ts";
import { assertPortIsFree } from "./local/port-check.ts";
import { Failure, run } from "./local/run.ts";
import { localKey, persistTo, port } from "./local/settings.ts";
import { assertInstalled } from "./local/wrangler.ts";

const HOST = "127.0.0.1";

async function start(): Promise<void> {
  assertInstalled();
  const [folder, number, key] = [persistTo(), port(), localKey()];
  const address = `http://${HOST}:${number}`;
  const holdDataFolder = await takeDataFolder(folder, address);
  await assertPortIsFree(HOST, number);
  console.log("Starting …");
  await migrateLocally(folder);
  const server = await startDevServer(HOST, number, folder, (leader) => holdDataFolder({ address, leader }));
  startCron(address);
  const seeded = await seedDemo(address, key).catch(withoutDemo);
  console.log(greeting({ address, key, folder, seeded }));
  await server.end;
}

/** The service also starts without demo tickets: a developer may have broken the import. */
function withoutDemo(error: unknown): number {
  if (!(error instanceof Failure)) throw error;
  printWarning(error.message);
  return 0;
}

await run(start, 0);
