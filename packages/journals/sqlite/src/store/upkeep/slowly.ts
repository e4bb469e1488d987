import { setTimeout } from 'node:timers/promises'
import type { Database } from '../../driver/database.ts'
import { takeHeldTime } from './held-time.ts'
import { isPauseDue, pauseAfter } from './step-size.ts'

/**
 * Goes on in steps, and leaves the log to others for longer than they were kept from it. Steps that `onStep` ends by
 * throwing are ended, and give back their lock.
 */
export async function slowly(
  database: Database,
  steps: Generator<void>,
  onStep: () => void
): Promise<void> {
  let began = performance.now()
  for (const _ of steps) {
    onStep()
    if (!isPauseDue(performance.now() - began)) continue
    await setTimeout(pauseAfter(takeHeldTime(database)))
    began = performance.now()
  }
}
