/** What can be wrong with a log. */
export type FlawKind =
  | 'missing'
  | 'changed'
  | 'moved'
  | 'content mismatch'
  | 'bad signature'
  | 'wrong key'
  | 'truncated tail'
  | 'rewritten history'

/** Thrown for the first flaw that is found, with the first record it concerns. */
export class Flaw extends Error {
  readonly index: number
  readonly kind: FlawKind

  constructor(index: number, kind: FlawKind, detail: string) {
    super(detail)
    this.index = index
    this.kind = kind
  }
}
