import { setTimeout } from 'node:timers/promises'
import { pauseAfter } from './step-size.ts'

/**
 * Goes on in steps, and leaves the log to others for as long as they took. Steps that `onStep` ends by throwing
 * are ended, and give back their lock.
 */
export async function slowly(steps: Generator<void>, onStep: () => void): Promise<void> {
  let began = performance.now()
  for (const _ of steps) {
    onStep()
    const pauseMs = pauseAfter(performance.now() - began)
    if (pauseMs === undefined) continue
    await setTimeout(pauseMs)
    began = performance.now()
  }
}
