/** What production refuses of D1 and Queues, and the local runtime takes. Tests hold the service to it; all sizes are in bytes. */

/** A value, a parameter, and a whole row (https://developers.cloudflare.com/d1/platform/limits/). */
export const MAX_VALUE_BYTES = 2_000_000;
export const MAX_STATEMENT_BYTES = 100_000;
export const MAX_PARAMETERS = 100;
export const MAX_FUNCTION_ARGUMENTS = 32;
/** D1 calls of one invocation. */
export const MAX_CALLS = 1_000;

/** Queues: https://developers.cloudflare.com/queues/platform/limits/ counts a KB as 1,000 bytes. */
const MAX_BATCH_MESSAGES = 100;
const MAX_BATCH_BYTES = 256_000;
const MAX_MESSAGE_BYTES = 128_000;
const MAX_DELAY_S = 43_200;

/** What the queue keeps of a message beside its body. */
const MESSAGE_METADATA_BYTES = 100;

const utf8 = new TextEncoder();

/** Bytes of a value as SQLite keeps it; a text of a third of the limit is within it, whatever its characters. */
export function bytesOf(value: unknown): number {
  if (typeof value === "string")
    return value.length <= MAX_VALUE_BYTES / 3 ? value.length : utf8.encode(value).byteLength;
  if (Array.isArray(value)) return value.length;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  return 8;
}

// Comments, texts and names in quotes, words, parentheses and commas: what is needed to count a function's arguments.
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[a-z_][\w$]*|[(),]|[^\s(),]/gi;

/** Words before a parenthesis that call no function; after `INTO name`, columns follow. */
const NO_FUNCTION =
  /^(?:values|in|on|as|by|set|and|or|not|when|then|else|from|join|where|having|select|using|over|filter|conflict|exists|between|is|returning|materialized|union|all|table|key|unique|check|primary)$/i;

const checked = new Map<string, string | undefined>();

/** Why production refuses a statement's text; undefined if it does not. */
export function refusedStatement(sql: string): string | undefined {
  if (!checked.has(sql)) checked.set(sql, judge(sql));
  return checked.get(sql);
}

function judge(sql: string): string | undefined {
  if (utf8.encode(sql).byteLength > MAX_STATEMENT_BYTES) return "statement too long: SQLITE_TOOBIG";
  const wordy = functionWithTooManyArguments(sql);
  return wordy === undefined ? undefined : `too many arguments on function ${wordy}: SQLITE_ERROR`;
}

/** The first function that has more arguments than production allows. */
export function functionWithTooManyArguments(sql: string): string | undefined {
  const tokens = [...sql.matchAll(TOKEN)].map(([token]) => token).filter((token) => !/^(?:--|\/\*)/.test(token));
  const open: { name: string | undefined; commas: number }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === "(") {
      const name = tokens[index - 1] ?? "";
      const isFunction = /^[a-z_]/i.test(name) && !NO_FUNCTION.test(name) && !/^into$/i.test(tokens[index - 2] ?? "");
      open.push({ name: isFunction ? name : undefined, commas: 0 });
    } else if (token === ")") {
      const closed = open.pop();
      if (closed?.name !== undefined && closed.commas + 1 > MAX_FUNCTION_ARGUMENTS) return closed.name;
    } else if (token === ",") {
      const [innermost] = open.slice(-1);
      if (innermost) innermost.commas++;
    }
  }
  return undefined;
}

/** Why production refuses what is bound to a statement; undefined if it does not. */
export function refusedParameters(params: readonly unknown[]): string | undefined {
  if (params.length > MAX_PARAMETERS) return "too many SQL variables: SQLITE_ERROR";
  return params.some((value) => bytesOf(value) > MAX_VALUE_BYTES) ? "string or blob too big: SQLITE_TOOBIG" : undefined;
}

/** Why production refuses to send messages; undefined if it does not. */
export function refusedMessages(messages: readonly { readonly body: unknown; readonly delaySeconds?: number }[]) {
  const sizes = messages.map(({ body }) => utf8.encode(JSON.stringify(body)).byteLength + MESSAGE_METADATA_BYTES);
  if (messages.length === 0) return "no messages to send";
  if (messages.length > MAX_BATCH_MESSAGES) return `batch of ${messages.length} messages is larger than 100`;
  if (sizes.some((bytes) => bytes > MAX_MESSAGE_BYTES)) return "message is larger than 128 KB";
  if (sizes.reduce((sum, bytes) => sum + bytes, 0) > MAX_BATCH_BYTES) return "batch is larger than 256 KB";
  return messages.map(({ delaySeconds }) => refusedDelay(delaySeconds)).find((refusal) => refusal !== undefined);
}

/** Why production refuses a delay of a message; undefined if it does not. */
export function refusedDelay(seconds = 0): string | undefined {
  const isAllowed = Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_DELAY_S;
  return isAllowed ? undefined : `a delay of ${seconds} seconds is not a whole number from 0 to ${MAX_DELAY_S}`;
}

/** What one invocation has done so far: calls that failed or were refused count, too. */
export interface Invocation {
  readonly calls: number;
}

/**
 * A database as one invocation has it: after so many calls, it refuses all others, as the platform does.
 *
 * @param most the limit of the plan
 */
export function ofOneInvocation(database: D1Database, most: number): { database: D1Database; invocation: Invocation } {
  const invocation = { calls: 0 };
  const counted = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...parameters: unknown[]) => {
          if (property === "batch" && ++invocation.calls > most)
            throw new Error("Too many API requests by single worker invocation.");
          const result: unknown = member.apply(target, parameters);
          return property === "withSession" ? counted(result as D1DatabaseSession) : result;
        };
      },
    });
  return { database: counted(database), invocation };
}
