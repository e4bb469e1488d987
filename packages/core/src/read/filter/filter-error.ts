import { AuditError } from '../../base/error.ts'

/** Characters of a filter that an error shows around the place. */
const SHOWN = 60

/**
 * What cannot be read of a filter. Its message has a second and a third line: the filter, and a mark
 * below the characters that are meant. Its code is `bad_query`.
 */
export class FilterError extends AuditError {
  /** Where in the text the characters begin that are meant, in UTF-16 code units. */
  readonly from: number
  /** Where they end. */
  readonly to: number
  /** What was probably meant, where something is near. */
  readonly nearest: string | undefined
  /** What is wrong, in one line. */
  readonly problem: string

  constructor(
    text: string,
    [from, to]: readonly [from: number, to: number],
    problem: string,
    nearest?: string
  ) {
    super('bad_query', `${problem}\n${pointed(text, from, Math.max(from + 1, to))}`)
    this.from = from
    this.to = to
    this.nearest = nearest
    this.problem = problem
  }
}

function pointed(text: string, from: number, to: number): string {
  const line = text.replace(/\s/g, ' ')
  const begin = to <= SHOWN ? 0 : Math.max(0, from - SHOWN / 3)
  const end = Math.min(line.length, begin + SHOWN)
  const [before, after] = [begin > 0 ? '…' : '', end < line.length ? '…' : '']
  const blanks = ' '.repeat(before.length + from - begin)
  const marks = '^'.repeat(Math.max(1, Math.min(to, begin + SHOWN) - from))
  return `  ${before}${line.slice(begin, end)}${after}\n  ${blanks}${marks}`
}
