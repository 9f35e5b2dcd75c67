import { watchStatements } from "./watch.ts";
import { lacking } from "./whole-database.ts";

const known = new Set<string>();
const unbounded = new Set<string>();

// Test files share a process: the statements are watched once.
watchStatements(({ sql }) => {
  if (known.has(sql)) return;
  known.add(sql);
  const lack = lacking(sql);
  if (lack !== undefined) unbounded.add(lack);
});

/** The statements since the last call that are not narrowed to a workspace, and should be. Each is reported once. */
export function unboundedStatements(): string[] {
  const found = [...unbounded];
  unbounded.clear();
  return found;
}
