import type { AuditedCall } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { FlawWarnings } from './flaw-warnings.ts'

/** Says that a call is not as it was sealed, before it is shown or proved, and ends with exit code 1. */
export function warnOfFlaw(
  { flaw }: Pick<AuditedCall, 'flaw'>,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  new FlawWarnings(terminal, finish).add(flaw)
}
