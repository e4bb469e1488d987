/** What one check found. */
export interface Finding {
  /** What was looked at: `exporters`, `disk`, … */
  readonly check: string
  /** `attention` is what should be looked at, `failing` what is going wrong now. */
  readonly state: 'ok' | 'attention' | 'failing'
  /** What is so, in one sentence. */
  readonly says: string
  /** What to do, where something is to be done. */
  readonly next?: string
  /** What to type for that, as a shell takes it, where a command does it or shows more. */
  readonly command?: string
}

/** A finding that needs nothing. */
export function ok(check: string, says: string): Finding {
  return { check, state: 'ok', says }
}

/** A finding that should be looked at. */
export function attention(check: string, says: string, next: string, command?: string): Finding {
  return { check, state: 'attention', says, next, ...(command !== undefined && { command }) }
}

/** Something that is going wrong now. */
export function failing(check: string, says: string, next: string, command?: string): Finding {
  return { ...attention(check, says, next, command), state: 'failing' }
}
