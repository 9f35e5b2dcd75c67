// What Emmett uses of the package of this name, over Node's own SQLite: the real one fetches a binary when it is installed. It keeps its
// statements prepared and answers at once, so that it is no slower.
import { DatabaseSync } from "node:sqlite";

class Database {
  #db;
  #statements = new Map();

  constructor(file) {
    this.#db = new DatabaseSync(file);
    this.#db.exec("PRAGMA synchronous = NORMAL");
  }

  run(sql, ...rest) {
    const [params, callback] = rest.length > 1 ? rest : [[], rest[0]];
    answer(callback, () => {
      const { changes, lastInsertRowid } = this.#prepared(sql).run(...params.map(bindable));
      return [{ changes: Number(changes), lastID: Number(lastInsertRowid) }];
    });
  }

  all(sql, params, callback) {
    answer(callback, () => [{}, this.#prepared(sql).all(...params.map(bindable))]);
  }

  get(sql, params, callback) {
    answer(callback, () => [{}, this.#prepared(sql).get(...params.map(bindable))]);
  }

  close() {
    this.#statements.clear();
    this.#db.close();
  }

  #prepared(sql) {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function answer(callback, work) {
  let result;
  try {
    result = work();
  } catch (error) {
    callback?.call({}, error);
    return;
  }
  const [self, rows] = result;
  callback?.call(self, null, rows);
}

/** As the real one does: Emmett leaves it an object for a stream's partition. */
function bindable(value) {
  if (typeof value === "boolean") return Number(value);
  return typeof value === "object" && value !== null ? String(value) : value;
}

export default { Database, OPEN_URI: 64, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
