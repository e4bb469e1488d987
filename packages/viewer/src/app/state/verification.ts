import type { VerifyReport } from '@slm-audit/core/reader'

/** What a verification found, as this browser keeps it. */
export interface KeptVerification {
  /** When it ended: ISO 8601, UTC. */
  readonly at: string
  readonly checked: number
  readonly isSound: boolean
}

const KEY = 'slm-audit verified '

/** Keeps what a verification of a log found. */
export function keepVerification(origin: string, { checked, flaw }: VerifyReport): void {
  const kept: KeptVerification = { at: new Date().toISOString(), checked, isSound: !flaw }
  try {
    localStorage.setItem(KEY + origin, JSON.stringify(kept))
  } catch {
    // Storage may be off; the finding then stands on the page alone.
  }
}

/** What the last verification of a log from this browser found. */
export function keptVerification(origin: string): KeptVerification | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(KEY + origin) ?? 'null')
    return typeof found?.at === 'string' && typeof found.checked === 'number' ? found : undefined
  } catch {
    return undefined
  }
}
