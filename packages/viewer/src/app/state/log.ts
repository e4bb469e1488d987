import { batch, signal } from '@preact/signals'
import type { LogDescription } from '../../server/log-view.ts'
import { askLog, type Problem } from '../api.ts'

/** The log as a whole, as it was a moment ago. */
export const log = signal<LogDescription | undefined>(undefined)
/** Why nothing is heard of the log: it cannot be read, or the server does not answer. */
export const trouble = signal<Problem | undefined>(undefined)
/** When the log was last heard of: ISO 8601. */
export const heardAt = signal<string | undefined>(undefined)

const EVERY_MS = 5_000

/** Keeps `log` up to date while the page is shown. */
export function watchLog(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async () => {
    try {
      if (document.visibilityState === 'visible') {
        const found = await askLog()
        batch(() => {
          log.value = found
          heardAt.value = new Date().toISOString()
          trouble.value = undefined
        })
      }
    } catch (error) {
      trouble.value = error as Problem
    }
    timer = setTimeout(look, EVERY_MS)
  }
  void look()
  return () => clearTimeout(timer)
}
