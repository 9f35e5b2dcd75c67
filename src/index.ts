import { makeDeps } from "./deps.ts";
import { createWorker } from "./worker.ts";

export default createWorker(makeDeps) satisfies ExportedHandler<Cloudflare.Env>;
