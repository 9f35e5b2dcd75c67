import { z } from "zod";
import { closest } from "./suggestion.ts";

/** What is wrong with one field of a body, or of a line of an import. */
export interface FieldError {
  readonly detail: string;
  /** The place, as a JSON pointer (RFC 6901). */
  readonly pointer: string;
}

/** What is wrong with one parameter of a query. */
export interface ParameterError {
  readonly detail: string;
  readonly parameter: string;
}

/** An answer does not need more of them. */
export const MAX_ERRORS = 20;

/** Characters of a name that an answer repeats: the client chooses its length. */
export const MAX_NAME = 64;

/** The errors that a schema found in a body or in a line of an import. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return inputErrors(error, "field").map(({ detail, path }) => ({ detail, pointer: pointerTo(path) }));
}

/** The errors that a schema found in a query, which has no fields in fields. */
export function parameterErrors(error: z.core.$ZodError): ParameterError[] {
  return inputErrors(error, "parameter").map(({ detail, path: [name = ""] }) => ({
    detail,
    parameter: shortened(name),
  }));
}

/** A name from the request, cut to what an answer repeats. */
export function shortened(name: PropertyKey): string {
  const text = String(name);
  return text.length > MAX_NAME ? `${text.slice(0, MAX_NAME).toWellFormed()}…` : text.toWellFormed();
}

function inputErrors({ issues }: z.core.$ZodError, noun: "field" | "parameter") {
  return issues
    .flatMap((issue) => (issue.code === "unrecognized_keys" ? unknownKeys(issue, noun) : toError(issue)))
    .slice(0, MAX_ERRORS);
}

function toError({ message, path }: z.core.$ZodIssue) {
  return [{ detail: message, path }];
}

function unknownKeys({ message, keys, path }: z.core.$ZodIssueUnrecognizedKeys, noun: string) {
  const details = message.split(", ");
  return keys.map((key, index) => ({
    detail: (details[index] ?? UNKNOWN).replace(UNKNOWN, `${UNKNOWN} ${noun}`),
    path: [...path, key],
  }));
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${shortened(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

// Every text of an error is made here, unless a schema has its own. A text repeats nothing of the request, which may be a secret or a
// megabyte, but values that the schema itself names.
z.config({ customError: textOf });

const REQUIRED = "is required";
const UNKNOWN = "unknown";
const NOT_VALID = "is invalid";

/** The text for a time that cannot be read. */
export const A_TIME = "must be an RFC 3339 timestamp, such as 2026-11-23T08:00:00Z";

const FORMATS: Readonly<Record<string, string>> = {
  uuid: "must be a UUID, such as 019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b",
  datetime: A_TIME,
};

function textOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return suggestionsFor(issue);
    case "invalid_type":
      return issue.input === undefined ? REQUIRED : ofType(issue);
    case "invalid_value":
      return issue.input === undefined ? REQUIRED : oneOf(issue.values);
    case "invalid_union":
      return ofUnion(issue);
    case "invalid_format":
      return FORMATS[issue.format] ?? NOT_VALID;
    case "too_big":
    case "too_small":
      return outOfBounds(issue);
    default:
      return NOT_VALID;
  }
}

type Raw<Issue extends z.core.$ZodIssue> = z.core.$ZodRawIssue<Issue>;

/** One issue has one text for all its keys: each key's own, with commas between them. */
function suggestionsFor({ keys, input, schema }: Raw<z.core.$ZodIssueUnrecognizedKeys>): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const missing = known.filter((name) => !Object.hasOwn(Object(input), name));
  const details = keys.map((key) => {
    const meant = closest(key, missing);
    return meant ? `${UNKNOWN} (did you mean ${meant}?)` : UNKNOWN;
  });
  return details.join(", ");
}

/** What a schema expects, in words. */
const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  array: "an array",
  object: "a JSON object",
};

function ofType({ expected, input, schema }: Raw<z.core.$ZodIssueInvalidType>): string {
  if (schema instanceof z.ZodNumber) return `must be ${numberOf(schema)}`;
  return `must be ${TYPES[expected] ?? expected}, not ${kindOf(input)}`;
}

function kindOf(input: unknown): string {
  if (input === null) return "null";
  if (typeof input === "object") return Array.isArray(input) ? "an array" : "an object";
  return `a ${typeof input}`;
}

function numberOf({ isInt, minValue, maxValue }: z.ZodNumber): string {
  return `${isInt ? "an integer" : "a number"} from ${minValue} to ${maxValue}`;
}

/** What a value must be if only these are allowed. */
export function oneOf(values: readonly z.core.util.Primitive[]): string {
  return `must be ${values.length > 2 ? `one of ${values.join(", ")}` : values.join(" or ")}`;
}

/** An object that names its own kind, or a parameter that may be repeated: the alternative that fits best says what is wrong. */
function ofUnion({ errors, input, options, discriminator = "" }: Raw<z.core.$ZodIssueInvalidUnion>): string {
  if (Array.isArray(options)) return Object(input)[discriminator] === undefined ? REQUIRED : oneOf(options);
  const [best] = errors.flat().toSorted((one, other) => other.path.length - one.path.length);
  return best?.message ?? NOT_VALID;
}

function outOfBounds({
  code,
  origin,
  schema,
  maximum,
  minimum,
}: Raw<z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall>): string {
  if (schema instanceof z.ZodNumber) return `must be ${numberOf(schema)}`;
  const [limit, bound] = code === "too_big" ? ["at most", maximum] : ["at least", minimum];
  return `must have ${limit} ${bound} ${origin === "string" ? "characters" : Number(bound) === 1 ? "item" : "items"}`;
}
