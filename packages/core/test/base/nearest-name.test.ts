import { expect, test } from 'vitest'
import { nearestName } from '../../src/base/check-options.ts'

const OPTIONS = [
  'file',
  'journal',
  'exporters',
  'service',
  'version',
  'environment',
  'mode',
  'media',
  'deadlineMs',
  'onProblem'
]

test.each([
  ['fiel', 'file'],
  ['File', 'file'],
  ['exporter', 'exporters'],
  ['exprters', 'exporters'],
  ['onproblem', 'onProblem'],
  ['deadline', 'deadlineMs'],
  ['enviroment', 'environment'],
  ['jounral', 'journal'],
  ['modes', 'mode'],
  // The letters of these are those of an option, in another order or length.
  ['secrvie', 'service'],
  ['noisrev', undefined],
  ['elif', undefined],
  ['telemetry', undefined],
  ['x', undefined],
  ['', undefined],
  ['f'.repeat(10_000), undefined]
])('case %#', (typed, meant) => {
  expect(nearestName(typed, OPTIONS)).toBe(meant)
})
