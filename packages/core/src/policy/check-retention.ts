import { isObject } from '../base/json.ts'
import { isShorter, type Period, parsePeriod } from '../retention/period.ts'
import { RETENTION_PRESETS } from '../retention/retention-presets.ts'
import { type PolicyChecker, type PolicyPath, shown } from './problems.ts'

const CLASS = ['contents', 'headers', 'atLeast', 'atMost', 'preset']
const PERIODS = ['contents', 'headers', 'atLeast', 'atMost'] as const

/** Notes what is wrong with how long records are kept, and rules that name a class that there is not. */
export function checkRetention(checker: PolicyChecker, retention: unknown, rules: unknown): void {
  if (retention === undefined) return
  const path = ['retention']
  if (!checker.isObjectOf(retention, ['default', 'classes'], path)) return
  const { classes } = retention
  if (!isObject(classes) || Object.keys(classes).length === 0) {
    const example = '{ standard: { contents: P6M, headers: P2Y } }'
    checker.refuse([...path, 'classes'], `must be classes by name, such as ${example}`)
    return
  }
  for (const [name, each] of Object.entries(classes)) {
    checkClass(checker, each, [...path, 'classes', name])
  }
  const names = Object.keys(classes)
  checker.word(retention.default, names, [...path, 'default'])
  if (!Array.isArray(rules)) return
  for (const [index, rule] of rules.entries()) {
    if (isObject(rule)) checker.word(rule.retention, names, ['rules', index, 'retention'])
  }
}

function checkClass(checker: PolicyChecker, value: unknown, path: PolicyPath): void {
  if (!checker.isObjectOf(value, CLASS, path)) return
  checker.word(value.preset, Object.keys(RETENTION_PRESETS), [...path, 'preset'])
  const periods: { [Name in (typeof PERIODS)[number]]?: Period } = {}
  for (const name of PERIODS) {
    if (value[name] === undefined) continue
    const period = parsePeriod(value[name])
    if (period) periods[name] = period
    else {
      const form = 'must be a period of ISO 8601 in years, months, weeks or days, such as P6M'
      checker.refuse([...path, name], `${form}, not ${shown(value[name])}`)
    }
  }
  const { contents, headers } = periods
  if (contents && headers && isShorter(headers, contents)) {
    const why = `is shorter than contents, ${value.contents}, which go with their header`
    checker.refuse([...path, 'headers'], `${why}; make it as long at least`)
  }
  checkBounds(checker, value, periods, path)
}

function checkBounds(
  checker: PolicyChecker,
  value: { readonly [name: string]: unknown },
  { contents, headers, atLeast, atMost }: { readonly [Name in (typeof PERIODS)[number]]?: Period },
  path: PolicyPath
): void {
  const preset = presetOf(value.preset)
  const floors = [
    { period: atLeast, says: `the floor ${value.atLeast}` },
    {
      period: parsePeriod(preset?.atLeast),
      says: `the floor ${preset?.atLeast} of ${value.preset}`
    }
  ]
  const ceilings = [
    { period: atMost, says: `the ceiling ${value.atMost}` },
    {
      period: parsePeriod(preset?.atMost),
      says: `the ceiling ${preset?.atMost} of ${value.preset}`
    }
  ]
  for (const [name, given] of [
    ['contents', contents],
    ['headers', headers]
  ] as const) {
    for (const { period, says } of floors) {
      if (!given || !period || !isShorter(given, period)) continue
      const source = says.endsWith(`${value.preset}`) && preset ? ` (${preset.source})` : ''
      checker.refuse([...path, name], `is ${value[name]}, shorter than ${says}${source}`)
    }
  }
  for (const { period, says } of ceilings) {
    if (!period || (headers && !isShorter(period, headers))) continue
    const is = headers
      ? `is ${value.headers}, longer than`
      : 'is missing, and for good is longer than'
    checker.refuse([...path, 'headers'], `${is} ${says}`)
  }
}

function presetOf(name: unknown) {
  if (typeof name !== 'string' || !Object.hasOwn(RETENTION_PRESETS, name)) return undefined
  const preset: { readonly atLeast?: string; readonly atMost?: string; readonly source: string } =
    RETENTION_PRESETS[name as keyof typeof RETENTION_PRESETS]
  return preset
}
