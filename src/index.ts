import { makeDeps } from "./runtime.ts";
import { createWorker } from "./worker.ts";

export default createWorker(makeDeps) satisfies ExportedHandler<Cloudflare.Env>;
