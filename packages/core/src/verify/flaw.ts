/** Ends a verification at its first flaw. */
export class Found extends Error {
  readonly flaw: RecordFlaw

  constructor(index: number, kind: RecordFlaw['kind'], detail: string) {
    super(detail)
    this.flaw = { index, kind, detail }
  }
}

/** The log ended later once. */
export function truncated(size: number, detail: string): Found {
  return new Found(size, 'truncated tail', detail)
}

/** The log is not the one that somebody knows. */
export function rewritten(detail: string, index = 0): Found {
  return new Found(index, 'rewritten history', detail)
}

/** A flaw that the stored bytes show, and the first index that it concerns. */
export interface RecordFlaw {
  readonly index: number
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
  readonly detail: string
}
