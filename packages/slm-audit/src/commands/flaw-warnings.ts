import type { AuditedCall, RecordFlaw } from '@slm-audit/core/reader'
import { EXIT } from '../base/exit-codes.ts'
import type { Terminal } from '../terminal.ts'

/** Flaws that are said one by one. */
const MOST = 5

/** Says which records that go out are not as they were sealed, the first few by themselves. */
export class FlawWarnings {
  readonly #terminal: Terminal
  readonly #finish: (exitCode: number) => void
  #count = 0

  /** `finish` is told of exit code 1 with the first flaw. */
  constructor(terminal: Terminal, finish: (exitCode: number) => void) {
    this.#terminal = terminal
    this.#finish = finish
  }

  /** Takes a flaw, if there is one. */
  add(flaw: RecordFlaw | undefined): void {
    if (!flaw) return
    this.#finish(EXIT.flaw)
    if (++this.#count > MOST) return
    const { index, kind, detail } = flaw
    const warning = `record ${index} is not as it was sealed: ${kind}: ${detail}; do not trust what it says, and run slm-audit verify`
    this.#terminal.progress('')
    this.#terminal.explain(this.#terminal.style('red', warning))
  }

  /** Says how many there were beyond the first few. */
  end(): void {
    const more = this.#count - MOST
    if (more > 0) this.#terminal.explain(this.#terminal.style('red', `and ${more} more records`))
  }
}

/** Says that a call is not as it was sealed, before it is shown or proved, and ends with exit code 1. */
export function warnOfFlaw(
  { flaw }: Pick<AuditedCall, 'flaw'>,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  new FlawWarnings(terminal, finish).add(flaw)
}
