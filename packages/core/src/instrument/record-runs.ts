import { over } from '../base/host-first.ts'
import { isObject } from '../base/json.ts'
import type { AuditLog, ToolRun } from '../log/audit-log.ts'
import { claim, logsOf } from './claim.ts'
import { type AnyMethod, replaceMethod } from './replace-method.ts'

/** A run of a tool, as a client starts it. */
export interface StartedRun extends ToolRun {
  /** Name of the tool, as the model knows it. */
  readonly name: string
}

/**
 * A function that calls `native`, a tool of the application's, and records each run of it; `about` says of which tool,
 * from the arguments. It is named as `native` is, and calls it on `self`, or on what it is called on itself.
 */
export function recordRuns(
  log: AuditLog,
  native: AnyMethod,
  self: unknown,
  about: (args: readonly unknown[]) => StartedRun
): AnyMethod {
  const laid = over<unknown, unknown[], unknown>(native, (host, ...args) => {
    const { name, ...more } = about(args)
    return log.tool(name, () => host(...args), { ...more, isTold: true })
  })
  const { name, length } = native
  const method: AnyMethod = function (...args) {
    return laid.apply(self ?? this, args)
  }
  return Object.defineProperties(method, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true }
  })
}

/**
 * Puts a method over one that starts a client's loop of calls and tools: `given` says with which arguments it starts, and
 * `made` sees the runner. Tools that the loop asks for belong together.
 */
export function replaceRunner(
  owner: unknown,
  name: string,
  log: AuditLog,
  given: (args: unknown[]) => unknown[],
  made: (runner: object) => void = () => undefined
): void {
  if (!isObject(owner) || typeof owner[name] !== 'function') return
  const isOfItsClass = !Object.hasOwn(owner, name) || logsOf(owner[name]).size > 0
  const grouped = (start: AnyMethod): AnyMethod =>
    function (...args) {
      if (!log.isRecording) return start.apply(this, args)
      const runner = log.withContext({}, () => start.apply(this, given(args)))
      if (isObject(runner)) made(runner)
      return runner
    }
  replaceMethod(owner, name, grouped, log)
  if (isOfItsClass) claim(owner[name] as object, log)
}
