import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AuditedCall } from '@slm-audit/core'
import { expect } from 'vitest'

/** The facts of a record that a fixture fixes; times, ids of ours and the process are left out. */
export interface Expected {
  readonly contents: { readonly [name: string]: unknown }
  readonly [member: string]: unknown
}

/**
 * Compares what was recorded of a call with `expected.json` in a folder of fixtures. With the
 * environment variable `UPDATE_FIXTURES=1` the file is written first: read what was written. Tables
 * of what adapters capture are made from these files.
 *
 * `decimals` compares fractions to that many places, for models that run here: processors differ in
 * the last ones. Without it values are compared as they are.
 */
export function expectRecord(call: AuditedCall | undefined, folder: URL, decimals?: number): void {
  if (call === undefined) throw new Error(`nothing was recorded for ${folder.pathname}`)
  const facts = factsOf(call)
  const file = new URL('expected.json', folder)
  if (process.env.UPDATE_FIXTURES === '1') {
    writeFileSync(file, `${JSON.stringify(facts, undefined, 2)}\n`)
  }
  const expected = readExpected(folder)
  expect({ stage: call.stage, ...facts }).toEqual({
    stage: 'complete',
    ...(decimals === undefined ? expected : (closeTo(expected, decimals) as Expected))
  })
}

function closeTo(value: unknown, decimals: number): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return expect.closeTo(value, decimals)
  if (Array.isArray(value)) return value.map((item) => closeTo(item, decimals))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, closeTo(member, decimals)])
  return Object.fromEntries(members)
}

/** Reads a folder's `expected.json`. */
export function readExpected(folder: URL): Expected {
  const file = new URL('expected.json', folder)
  if (!existsSync(file)) {
    throw new Error(`${file.pathname} is missing: run the test once with UPDATE_FIXTURES=1`)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Expected
}

function factsOf({ record, contents }: AuditedCall): Expected {
  const { call, response, confidence, reasoning } = record
  return JSON.parse(JSON.stringify({ call, response, confidence, reasoning, contents }))
}
