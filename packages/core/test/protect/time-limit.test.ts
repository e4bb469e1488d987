import { nodeSha256 } from '@slm-audit/core/node'
import { afterEach, expect, test, vi } from 'vitest'
import type { Detector } from '../../src/protect/detector.ts'
import { Redactor } from '../../src/protect/redactor.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test.each([
  [{}, 1_300],
  [{ mayHang: true as const }, 20_000]
])('where the time that was computed stands still, the clock is the limit: %j', (how, ms) => {
  const usages = ['cpuUsage', 'threadCpuUsage'].filter((name) => name in process)
  for (const name of usages) {
    vi.spyOn(process, name as 'cpuUsage').mockReturnValue({ user: 5, system: 5 })
  }
  const accepts = () => {
    for (const end = performance.now() + ms; performance.now() < end; );
    return true
  }
  const about = { id: 'own', group: 'personal', label: 'own', isOwn: true } as const
  const detector: Detector = { ...about, ...how, pattern: /question/g, accepts }
  const steps = [{ detectors: [detector], operator: 'remove', keep: 0 } as const]
  const redactor = new Redactor(steps, { hash: nodeSha256, secret: new Uint8Array(32) }, 1_000)
  const start = performance.now()
  expect(() => redactor.guarded(() => redactor.text('the question', ''))).toThrow(
    /took too long|timed out/
  )
  expect(performance.now() - start).toBeLessThan(6_000)
})
