/** Writes one line of the log. `fields` never hold a body, a key or a name. */
export type Log = (level: "info" | "warn" | "error", event: string, fields?: Record<string, unknown>) => void;

/** Writes a line as JSON to the Worker's console. */
export const logLine: Log = (level, event, fields) => console[level](JSON.stringify({ level, event, ...fields }));
