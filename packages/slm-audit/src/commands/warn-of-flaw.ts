import type { AuditedCall } from '@slm-audit/core/reader'
import { EXIT } from '../base/exit-codes.ts'
import type { Terminal } from '../terminal.ts'

/** Says that a call is not as it was sealed, before it is shown or proved, and ends with exit code 1. */
export function warnOfFlaw(
  { flaw }: Pick<AuditedCall, 'flaw'>,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  if (!flaw) return
  const { index, kind, detail } = flaw
  const warning = `record ${index} is not as it was sealed: ${kind}: ${detail}; do not trust what it says, and run slm-audit verify`
  terminal.explain(terminal.style('red', warning))
  finish(EXIT.flaw)
}
