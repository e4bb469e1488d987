import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'

/** Runs the statement of some SQL, or compiles it. */
type Run = (this: unknown, sql: string) => unknown

/**
 * Puts something around each statement of this process that is compiled or run, whichever driver does it. Returns what undoes
 * it.
 */
export function aroundStatements(
  names: readonly ('prepare' | 'exec')[],
  around: (sql: string, run: () => unknown) => unknown
): () => void {
  const undo: (() => void)[] = []
  for (const driver of [Database.prototype, DatabaseSync.prototype]) {
    for (const name of names) {
      const run = Reflect.get(driver, name) as Run
      const wrapped: Run = function (sql) {
        return around(sql, () => run.call(this, sql))
      }
      Reflect.set(driver, name, wrapped)
      undo.push(() => void Reflect.set(driver, name, run))
    }
  }
  return () => {
    for (const each of undo) each()
  }
}

/** Kills this process before a statement like a pattern, the first time or a later one. */
export function killBefore(
  pattern: RegExp,
  time = 1,
  names: readonly ('prepare' | 'exec')[] = ['prepare', 'exec']
): void {
  let seen = 0
  aroundStatements(names, (sql, run) => {
    if (pattern.test(sql) && ++seen === time) process.kill(process.pid, 'SIGKILL')
    return run()
  })
}
