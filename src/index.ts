import { createRuntime } from "./runtime.ts";
import { createWorker } from "./worker.ts";

export default createWorker(createRuntime) satisfies ExportedHandler<Cloudflare.Env>;
