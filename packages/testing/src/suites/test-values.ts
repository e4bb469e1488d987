import type { AuditLog, Protocol } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import type { Conserved } from '../conservation/conserve.ts'
import { disturbancesOf } from '../conservation/disturbances.ts'
import { findLost } from '../conservation/find-lost.ts'
import { type OddValue, oddValues } from '../conservation/odd-values.ts'
import { memoryLog } from '../fakes/memory-log.ts'

/** Something that hands values to an adapter in the same process: a model, a framework's hook. */
export interface ValueSubject extends Pick<Protocol, 'structure'> {
  /** Names its tests, for instance `a streamed answer`. */
  readonly name: string
  /** What it gives: one value, or the parts of a stream in their order. */
  readonly given: readonly unknown[]
  /** Whether `given` are the parts of a stream. */
  readonly isStream?: boolean
  /** Has an adapter record one call that gives `values` in place of `given`. */
  play(log: AuditLog, values: readonly unknown[]): unknown
}

/**
 * Proves that what an adapter is given in process stands in the record, or a mark tells where it does not: as it comes,
 * disturbed in the ways of `testProtocol`, and with values that no wire carries in it: getters that throw, circles, maps,
 * numbers that JSON lacks. What `play` throws fails the test.
 *
 * To be called in a vitest file `test/values.test.ts`, once for each kind of answer.
 */
export function testValues(subject: ValueSubject): void {
  describe(subject.name, () => {
    test('keeps or marks all that the answer says, also when it is disturbed', async ({ task }) => {
      const conserved = await conserveValues(subject)
      Object.assign(task.meta, { conserved })
      expect(conserved.silent).toEqual([])
    })
  })
}

async function conserveValues(subject: ValueSubject): Promise<Conserved> {
  const { given, isStream = false } = subject
  const accounts: { readonly isMarked: boolean; readonly silent: readonly string[] }[] = []
  for (const { name, events, contentType, cut, named } of disturbancesOf(given, isStream)) {
    // A process has no content types, no bytes, and no names beside its values.
    if (contentType !== undefined || cut !== undefined || named !== undefined) continue
    const call = await callOf(subject, structuredClone(events))
    const { isMarked, silent } = findLost(events, call, subject)
    accounts.push({
      isMarked,
      silent: silent.map(({ place, value }) => `${name}: ${place} ${value}`)
    })
  }
  for (const odd of oddValues) {
    for (const where of ['beside', 'below'] as const) {
      const call = await callOf(subject, withOdd(given, odd, where))
      accounts.push(accountOf(call, odd, where))
    }
  }
  return {
    tried: accounts.length,
    kept: accounts.filter(({ isMarked, silent }) => !isMarked && silent.length === 0).length,
    marked: accounts.filter(({ isMarked, silent }) => isMarked && silent.length === 0).length,
    silent: accounts.flatMap(({ silent }) => silent)
  }
}

async function callOf({ play }: ValueSubject, values: readonly unknown[]): Promise<AuditedCall> {
  const { log, calls } = memoryLog()
  await play(log, values)
  const [call] = (await calls()).toReversed()
  await log.close()
  if (call === undefined) throw new Error('no call was recorded')
  return call
}

/** Values with an odd one as a member of the last that is an object, or of an object in it. */
function withOdd(given: readonly unknown[], odd: OddValue, where: 'beside' | 'below'): unknown[] {
  const values = structuredClone(given) as unknown[]
  const holder = values.findLast(isObject)
  if (holder === undefined) return [...values, odd.make()]
  const inner = Object.values(holder).find(isObject)
  const target = where === 'below' && inner !== undefined ? inner : holder
  Object.defineProperty(target, 'x_odd', { value: odd.make(), enumerable: true })
  return values
}

function accountOf({ record, contents }: AuditedCall, odd: OddValue, where: string) {
  const spelled = JSON.stringify([record, contents])
  const isMarked = (record.altered ?? []).length > 0
  const lost = odd.says.filter((words) => !spelled.includes(words))
  const silent = odd.isMarked && !isMarked ? [...lost, 'no mark'] : lost
  return { isMarked, silent: silent.map((what) => `${odd.name} ${where}: ${what}`) }
}
