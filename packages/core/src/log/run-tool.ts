import type { OpenCall } from '../call/open-call.ts'
import type { ToldRun } from '../call/scope.ts'
import type { Scopes } from '../call/scopes.ts'
import type { AuditLog, ToolRun } from './audit-log.ts'

/** A tool, and how it is run. */
interface Run<T> {
  readonly name: string
  readonly run: (call: OpenCall) => T
  readonly about: ToolRun
}

/**
 * What `AuditLog.tool` does. A run that the client tells of and the application records, too, is one record: the
 * client knows which call asked for it.
 */
export function runTool<T>(log: AuditLog, scopes: Scopes, { name, run, about }: Run<T>): T {
  const { input, toolCallId, isTold = false } = about
  const { told } = scopes.get()
  if (!isTold && told?.name === name && !told.isMet && told.call.isOpen) {
    told.isMet = true
    return run(told.call)
  }
  const tool = { kind: 'tool', operation: 'execute_tool', provider: 'application', name }
  const request = { ...tool, ...(toolCallId !== undefined && { toolCallId }), input }
  if (!isTold) return log.record(request, run)
  return log.record(request, (call) => {
    const around: ToldRun = { name, call, isMet: false }
    return scopes.run({ ...scopes.get(), told: around }, () => run(call))
  })
}
