import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ended, endGroups, startGroup } from "../local/process-groups.ts";
import { oneLine } from "../local/run.ts";
import { projectRoot } from "../local/settings.ts";

/** The result of a call of wrangler. */
export interface WranglerResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** stdout and stderr, in the order of arrival. */
  readonly output: string;
  /** The reason of a failure, in one line; empty if the call succeeded. */
  readonly reason: string;
}

/** Runs wrangler in the project's folder, without a terminal. */
export type Wrangler = (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<WranglerResult>;

/**
 * Creates the function that calls wrangler. `WRANGLER` names another program or script; tests use it.
 *
 * @param signal ends a running wrangler, with its child processes.
 * @param onOutput receives the output as it arrives.
 */
export function createWrangler(signal: AbortSignal, onOutput: (text: string) => void = () => {}): Wrangler {
  signal.addEventListener("abort", () => void endGroups());
  return async (args, env = {}) => {
    const [command, ...before] = wranglerCommand();
    // stdin is closed: wrangler asks no questions, uses its defaults, and does not change wrangler.toml (`isNonInteractiveOrCI`).
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
  // Run by this Node: the one in the PATH may be too old for wrangler, and Windows cannot start a script.
  return /\.[cm]?[jt]s$/u.test(chosen) ? [process.execPath, chosen] : [chosen];
}

function wranglerEnvironment(): NodeJS.ProcessEnv {
  // The key is passed in the secrets file only.
  const { ROOT_KEY: _, ...inherited } = process.env;
  return {
    // No usage statistics, unless the user allows them.
    WRANGLER_SEND_METRICS: "false",
    ...inherited,
    // The banner looks up newer versions; the version of the lockfile is tested.
    WRANGLER_HIDE_BANNER: "true",
    // The output is parsed here, in this format.
    WRANGLER_LOG: "log",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
}

/** The errors in wrangler's output, without the text that it adds to each. */
function reasonIn(output: string): string {
  const [, ...errors] = stripVTControlCharacters(output).split("[ERROR]");
  const text = errors.join(" ").split("\n");
  return oneLine(text.filter((line) => !/🪵|--temporary|If you think this is a bug|^\s*✘\s*$/u.test(line)).join(" "));
}
