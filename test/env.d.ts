declare namespace Cloudflare {
  interface GlobalProps {
    readonly mainModule: typeof import("../src/index.ts");
  }

  interface Env {
    /** The project's migrations, for the tests' own databases (`vitest.config.ts`). */
    readonly MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
