import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Failure } from "../../scripts/local/run.ts";
import { QUIETLY } from "../data/fill-edgedesk.ts";
import { cpuSeconds, kill } from "../runtime/process.ts";
import { ROOT_KEY, type Service } from "../runtime/service.ts";

/** Starts the plain Node server on the database of a service that is running, or on a filled one that nobody has. */
export async function startNode(database: string): Promise<Omit<Service, "database">> {
  const child = fork(join(import.meta.dirname, "server.ts"), [database, ROOT_KEY], { execArgv: [...QUIETLY] });
  const [told]: unknown[] = await Promise.race([once(child, "message"), once(child, "exit")]);
  const port: unknown = typeof told === "object" && told !== null && "port" in told ? told.port : undefined;
  const { pid } = child;
  if (typeof port !== "number" || pid === undefined) throw new Failure("The Node server did not start");
  const url = `http://127.0.0.1:${port}`;
  const atLast = () => kill(pid);
  process.once("exit", atLast);
  return {
    url,
    pid,
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${ROOT_KEY}`);
      return fetch(`${url}${path}`, { ...init, headers });
    },
    cpuSeconds: () => cpuSeconds(pid),
    stop: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
      process.off("exit", atLast);
    },
  };
}
