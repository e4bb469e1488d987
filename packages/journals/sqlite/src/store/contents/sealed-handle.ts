import type { Database } from '../../driver/database.ts'

const sealed = new WeakSet<Database>()
const handles = new WeakMap<Database, Database>()

/**
 * The same handle for whoever must not see what is encrypted, such as an index that is not: reading by it opens no
 * content, whatever keys the process has.
 */
export function sealedHandle(database: Database): Database {
  const known = handles.get(database)
  if (known) return known
  const handle: Database = {
    get name() {
      return database.name
    },
    get inTransaction() {
      return database.inTransaction
    },
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => database.exec(sql),
    pragma: (source, options) => database.pragma(source, options),
    transaction: (run) => database.transaction(run),
    function: (name, run) => database.function(name, run),
    close: () => database.close()
  }
  sealed.add(handle)
  handles.set(database, handle)
  return handle
}

/** Whether a handle is one of `sealedHandle`. */
export function isSealedHandle(database: Database): boolean {
  return sealed.has(database)
}
