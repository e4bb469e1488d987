import { InvalidArgumentError } from 'commander'
import { EXIT } from '../base/exit-codes.ts'
import type { Terminal } from '../terminal.ts'

/** Reads a share as an option has it, `20%` or `0.2`. Throws what commander takes for a wrong argument. */
export function parseShare(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const share = Number(digits) / (percent === '%' ? 100 : 1)
  if (share <= 1) return share
  throw new InvalidArgumentError('It takes a share: 20% or 0.2.')
}

/** Ends a command with {@link EXIT}.flaw, and says why, where more answers changed than `most`, a share, allows. */
export function refuseChanged(
  changed: number,
  of: number,
  most: number | undefined,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  if (most === undefined || of === 0 || changed / of <= most) return
  terminal.explain(`exit 1: changed more than --max-changed ${Math.round(most * 1000) / 10}%`)
  finish(EXIT.flaw)
}
