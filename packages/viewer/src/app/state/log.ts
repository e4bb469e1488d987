import { signal } from '@preact/signals'
import type { LogDescription } from '../../server/log-view.ts'
import { askLog } from '../api.ts'

/** The log as a whole, as it was a moment ago. */
export const log = signal<LogDescription | undefined>(undefined)
/** Whether the server has stopped answering. */
export const isGone = signal(false)

const EVERY_MS = 5_000

/** Keeps `log` up to date while the page is shown. */
export function watchLog(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async () => {
    try {
      if (document.visibilityState === 'visible') log.value = await askLog()
      isGone.value = false
    } catch {
      isGone.value = true
    }
    timer = setTimeout(look, EVERY_MS)
  }
  void look()
  return () => clearTimeout(timer)
}
