import { parseArgs } from "node:util";
import { COMMON_OPTIONS, readTarget, type Target, wrongCall } from "../service/target.ts";
import { COMMANDS, type CommandName, helpOf, isCommand } from "./help.ts";

const SCRIPT = "projections";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/** What is to be done. */
export type Call =
  | { readonly command: "status"; readonly watch: boolean }
  | { readonly command: "rebuild"; readonly action: "follow" | "leave" | "cancel" }
  | { readonly command: "audit"; readonly show: boolean }
  | { readonly command: "parked" }
  | { readonly command: "retry"; readonly tickets: readonly string[] | "all" };

/** What the caller asks for. */
export interface Options extends Target {
  readonly call: Call;
  readonly json: boolean;
}

/** The options that only one command takes. */
const OWN = [
  ["watch", "status"],
  ["cancel", "rebuild"],
  ["no-wait", "rebuild"],
  ["show", "audit"],
  ["all", "retry"],
] as const;
const ownOption = { type: "boolean", default: false } as const;

/**
 * Reads the command line and what stands in for it.
 *
 * @returns the text of the help if only that is wanted.
 * @throws Ending with exit code 2 if something is missing or unknown.
 */
export function readOptions(args: readonly string[]): Options | string {
  const { values, positionals } = parsed(args);
  const [name, ...operands] = positionals;
  if (values.help) return helpOf(isCommand(name) ? name : undefined);
  if (name === undefined) throw wrongCall(`say what to do: ${inWords(COMMANDS)}`, SCRIPT);
  if (!isCommand(name)) throw wrongCall(`${name} is no command: there is ${inWords(COMMANDS)}`, SCRIPT);
  for (const [option, owner] of OWN) {
    if (values[option] && owner !== name) throw wrongCall(`--${option} goes with ${owner} only`, SCRIPT);
  }
  const call = understood(name, operands, values);
  return { call, ...readTarget(values, SCRIPT), json: values.json };
}

function understood(name: CommandName, operands: readonly string[], values: ReturnType<typeof parsed>["values"]): Call {
  if (name === "retry") return { command: name, tickets: ticketsToRetry(operands, values.all) };
  if (operands.length > 0) throw wrongCall(`${name} takes nothing more, not ${operands.join(", ")}`, SCRIPT);
  switch (name) {
    case "status":
      return { command: name, watch: values.watch };
    case "rebuild":
      if (values.cancel && values["no-wait"]) throw wrongCall("--cancel or --no-wait, not both", SCRIPT);
      return { command: name, action: values.cancel ? "cancel" : values["no-wait"] ? "leave" : "follow" };
    case "audit":
      return { command: name, show: values.show };
    case "parked":
      return { command: name };
  }
}

function ticketsToRetry(ids: readonly string[], all: boolean): readonly string[] | "all" {
  if (all && ids.length > 0) throw wrongCall("tickets or --all, not both", SCRIPT);
  if (all) return "all";
  if (ids.length === 0) throw wrongCall("name the tickets to retry, or say --all", SCRIPT);
  const wrong = ids.filter((id) => !UUID.test(id));
  if (wrong.length > 0) throw wrongCall(`${wrong.join(", ")}: a ticket's id is a UUID`, SCRIPT);
  return [...new Set(ids)];
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...COMMON_OPTIONS,
        watch: ownOption,
        cancel: ownOption,
        "no-wait": ownOption,
        show: ownOption,
        all: ownOption,
      },
    });
  } catch (error) {
    throw wrongCall(error instanceof Error ? error.message : String(error), SCRIPT);
  }
}
