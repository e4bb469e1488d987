/** Thrown to stop a verification at its first flaw; `verifyLog` catches it and reports the flaw. */
export class FlawFound extends Error {
  readonly flaw: RecordFlaw

  constructor(index: number, kind: RecordFlaw['kind'], detail: string) {
    super(detail)
    this.flaw = { index, kind, detail }
  }
}

/** The log ended later once. */
export function truncated(size: number, detail: string): FlawFound {
  return new FlawFound(size, 'truncated tail', detail)
}

/** The log is not the one that somebody knows. */
export function rewritten(detail: string, index = 0): FlawFound {
  return new FlawFound(index, 'rewritten history', detail)
}

/** A flaw that the stored bytes show, and the first index that it concerns. */
export interface RecordFlaw {
  /** The record's place in the log. */
  readonly index: number
  /** What is wrong, as a word that programs can tell apart. */
  readonly kind:
    | 'missing'
    | 'changed'
    | 'moved'
    | 'content mismatch'
    | 'content missing'
    | 'bad signature'
    | 'wrong key'
    | 'truncated tail'
    | 'rewritten history'
  /** What is wrong, as a sentence for people. */
  readonly detail: string
}
