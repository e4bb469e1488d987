import type { AuditedCall } from '@slm-audit/core'

/**
 * Recorded calls as a tree, one line each in the order of the log: kind, name or operation, stage
 * where it is not `complete`; children are indented below their parents.
 */
export function treeOf(calls: readonly AuditedCall[]): string[] {
  const known = new Set(calls.map(({ auditId }) => auditId))
  const below = (parent: string | undefined, indent: string): string[] =>
    calls
      .filter(({ record }) =>
        parent === undefined ? !known.has(record.parent ?? '') : record.parent === parent
      )
      .flatMap((call) => [indent + lineOf(call), ...below(call.auditId, `${indent}  `)])
  return below(undefined, '')
}

function lineOf({ stage, record }: AuditedCall): string {
  const name = record.call?.name ?? record.call?.operation ?? ''
  return `${record.kind} ${name}${stage === 'complete' ? '' : ` (${stage})`}`
}
