import { expect, test } from 'vitest'
import { labelledSet } from '../detectors/labelled-set.ts'
import { qualityOf } from '../detectors/quality.ts'

test('detectors find what they look for in seven languages, and leave the rest alone', () => {
  const report = qualityOf(labelledSet(100, 7))
  for (const { detector, values, found, wrong } of report.detectors) {
    if (values > 0) expect(found / values, `recall of ${detector}`).toBeGreaterThanOrEqual(0.95)
    expect(wrong / 100, `mistakes of ${detector}`).toBeLessThanOrEqual(0.06)
  }
  expect(report.harmed / report.harmless).toBeLessThanOrEqual(0.01)
})
