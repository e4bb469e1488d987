import type { Statement } from 'better-sqlite3'
import { aroundStatements } from '../statements.ts'

/** What goes wrong with a write: it is not done; it is done, and its caller hears that it failed; the process ends there. */
export type WriteFault = 'fails' | 'is done and then fails' | 'is killed'

const WRITES = /^\s*(INSERT|UPDATE|DELETE|PRAGMA wal_checkpoint)/i

/**
 * Runs something while the `place`-th statement that writes to a database, by whatever method it is run, has a fault; none
 * where it is 0. Resolves with how many there were, and what was thrown.
 */
export async function withFault(
  place: number,
  fault: WriteFault,
  run: () => unknown
): Promise<{ readonly writes: number; readonly thrown: unknown }> {
  let writes = 0
  const failing = (work: () => unknown): unknown => {
    if (++writes !== place) return work()
    if (fault === 'is killed') process.kill(process.pid, 'SIGKILL')
    if (fault === 'is done and then fails') work()
    throw new Error(`write ${place} failed`)
  }
  const undo = aroundStatements(['prepare'], (sql, compile) => {
    const statement = compile() as Statement
    if (!WRITES.test(sql)) return statement
    const { run: ran, get, all } = statement
    return Object.assign(statement, {
      run: (...values: unknown[]) => failing(() => Reflect.apply(ran, statement, values)),
      get: (...values: unknown[]) => failing(() => Reflect.apply(get, statement, values)),
      all: (...values: unknown[]) => failing(() => Reflect.apply(all, statement, values))
    })
  })
  try {
    await run()
    return { writes, thrown: undefined }
  } catch (thrown) {
    return { writes, thrown }
  } finally {
    undo()
  }
}
