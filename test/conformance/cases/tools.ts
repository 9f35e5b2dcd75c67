/** Runs one statement and gives its rows. */
export async function rows(db: D1Database, sql: string, ...params: unknown[]): Promise<Record<string, unknown>[]> {
  const { results } = await db
    .prepare(sql)
    .bind(...params)
    .all();
  return results;
}

/** Runs statements one after the other, each in a call of its own. */
export async function runAll(db: D1Database, ...statements: string[]): Promise<void> {
  for (const sql of statements) await db.prepare(sql).run();
}

/** What one statement changed: rows, and the number of the last one inserted. */
export async function changesOf(db: D1Database, sql: string, ...params: unknown[]) {
  const { meta } = await db
    .prepare(sql)
    .bind(...params)
    .run();
  return { changes: meta.changes, last_row_id: meta.last_row_id, changed_db: meta.changed_db };
}

/** The message of the error that a piece of work ends with, without the offset that only one of the two knows. */
export async function messageOf(work: () => unknown): Promise<string> {
  return (await errorOf(work)).message.replace(/ at offset \d+/, "");
}

/** The error that a piece of work ends with. */
export async function errorOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** The message of each statement's error, in order. */
export async function messagesOf(db: D1Database, ...statements: string[]): Promise<string[]> {
  const messages: string[] = [];
  for (const sql of statements) messages.push(await messageOf(() => db.prepare(sql).all()));
  return messages;
}
