import { Session, type Statement } from "../../src/platform/database.ts";

type SeenStatement = Pick<Statement, "sql" | "params">;

/** Shows every statement that the service sends in this process from now on, whichever database it sends it to. */
export function watchStatements(see: (statement: SeenStatement) => void): void {
  const { readAfter } = Session.prototype;
  Session.prototype.readAfter = async function (this: Session, writes, ...statements) {
    for (const statement of [...writes, ...statements]) see(statement);
    return await readAfter.call(this, writes, ...statements);
  } as typeof readAfter;
}
