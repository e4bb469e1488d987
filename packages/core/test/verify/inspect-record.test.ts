import { expect, test } from 'vitest'
import { seal } from '../../src/journal/seal.ts'
import { pendingEvent } from '../../src/record/event-record.ts'
import type { SealedRecord } from '../../src/record/sealed-record.ts'
import { leafHash } from '../../src/tlog/tree.ts'
import { checkRange } from '../../src/verify/check-range.ts'
import { checkRecord } from '../../src/verify/inspect-record.ts'

const ORIGIN = 'example.com/log'
const contents = ['output', 'input', 'é "quoted"'].map((name) => ({
  name,
  type: 'text/plain',
  body: `the ${name}, with an é`
}))

function sealed(salt = new Uint8Array(32).fill(7)): SealedRecord {
  const one = { ...pendingEvent('test', { why: 'a "log"', log: {} }), contents }
  return seal(one, 5, { origin: ORIGIN, newSalt: () => salt })
}

/** A record whose header is in the tree although it was changed. */
function rebuilt(change: (header: string) => string, more: Partial<SealedRecord> = {}) {
  const record = sealed()
  const header = change(record.header)
  return { ...record, header, leafHash: leafHash(new TextEncoder().encode(header)), ...more }
}

/** The commitment to `input`, twice in the header. */
const twice = (header: string) => header.replace(/"input":\{[^}]+\},/, (found) => found + found)
const [first, second] = sealed().contents

test.each<[string, SealedRecord, string | undefined]>([
  ['as it was sealed', sealed(), undefined],
  [
    'with its members in another order',
    rebuilt((h) => h.replace(/^\{(.*),("stage":"event")\}$/, '{$2,$1}')),
    undefined
  ],
  [
    'without a body',
    { ...sealed(), contents: sealed().contents.map(({ body, ...left }) => left) },
    undefined
  ],
  ['without a content', { ...sealed(), contents: first ? [first] : [] }, 'content missing'],
  [
    'with a content twice',
    rebuilt(twice, { contents: [...sealed().contents, ...(second ? [second] : [])] }),
    'content missing'
  ],
  [
    'with a salt that is too long',
    { ...sealed(), contents: sealed(new Uint8Array(33)).contents },
    'content mismatch'
  ],
  ['that is not JSON', rebuilt((h) => `${h}}`), 'changed'],
  ['of another place', rebuilt((h) => h.replace('"index":5', '"index":6')), 'moved'],
  ['of another leaf', { ...sealed(), leafHash: new Uint8Array(32) }, 'changed']
])('a record %s is found the same with and without parsing', (_, record, kind) => {
  expect(checkRecord(record, 5)?.kind).toBe(kind)
  expect(checkRange([record], ORIGIN, 5, 6).flaw).toEqual(checkRecord(record, 5))
})

test('a record of another log is found, and what gaps lost is counted', () => {
  expect(checkRange([sealed()], 'example.com/other', 5, 6).flaw?.kind).toBe('moved')
  const lost = (facts: { records: number; exporter?: string }) => {
    const one = pendingEvent('gap', facts)
    const gap = seal(one, 0, { origin: ORIGIN, newSalt: () => new Uint8Array(32) })
    return checkRange([gap], ORIGIN, 0, 1).lostRecords
  }
  expect([lost({ records: 3 }), lost({ records: 3, exporter: 'x' })]).toEqual([3, 0])
})
