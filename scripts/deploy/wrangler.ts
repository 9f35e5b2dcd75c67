import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ended, endGroups, startGroup } from "../local/process-groups.ts";
import { oneLine } from "../local/run.ts";
import { projectRoot } from "../local/settings.ts";

/** What one call of wrangler left behind. */
export interface WranglerResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
  /** Why it failed, in one line; empty when it did not. */
  readonly reason: string;
}

/** Runs wrangler in the project's folder, without a terminal. */
export type Wrangler = (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<WranglerResult>;

/**
 * Makes the function that calls wrangler. `WRANGLER` names another program or script to call instead, as the tests do.
 *
 * @param signal ends a running wrangler, and everything that it started.
 * @param onOutput is given its output as it comes.
 */
export function createWrangler(signal: AbortSignal, onOutput: (text: string) => void = () => {}): Wrangler {
  signal.addEventListener("abort", () => void endGroups());
  return async (args, env = {}) => {
    const [command, ...before] = wranglerCommand();
    // Its input is closed: wrangler asks nobody, takes its defaults, and leaves wrangler.toml as it is (`isNonInteractiveOrCI`).
    const child = startGroup(command, [...before, ...args], projectRoot, { ...wranglerEnvironment(), ...env });
    let stdout = "";
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
      onOutput(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput(text);
    });
    const end = await ended(child);
    return { ok: end.ok, stdout, output, reason: end.ok ? "" : reasonIn(output) || end.how };
  };
}

function wranglerCommand(): [string, ...string[]] {
  const chosen = process.env["WRANGLER"] || join(projectRoot, "node_modules", "wrangler", "bin", "wrangler.js");
  // By this very Node: the one in the PATH may be too old for wrangler, and Windows starts no script by itself.
  return /\.[cm]?[jt]s$/u.test(chosen) ? [process.execPath, chosen] : [chosen];
}

function wranglerEnvironment(): NodeJS.ProcessEnv {
  // The key travels in a file of its own, and nowhere else.
  const { ROOT_KEY: _, ...inherited } = process.env;
  return {
    // No usage statistics without a word from the person who runs this.
    WRANGLER_SEND_METRICS: "false",
    ...inherited,
    // Its banner looks up newer versions; the one in the lockfile is the one that is tested.
    WRANGLER_HIDE_BANNER: "true",
    // Its output is read here, at the level and in the form that the reading expects.
    WRANGLER_LOG: "log",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
}

/** The reason in wrangler's output: all that it marks as an error, without what it adds to every one. */
function reasonIn(output: string): string {
  const [, ...errors] = stripVTControlCharacters(output).split("[ERROR]");
  const text = errors.join(" ").split("\n");
  return oneLine(text.filter((line) => !/🪵|--temporary|If you think this is a bug|^\s*✘\s*$/u.test(line)).join(" "));
}
