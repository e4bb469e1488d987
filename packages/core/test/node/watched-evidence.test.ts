import { linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evidence } from '../../src/node/intake/evidence.ts'
import { WatchedEvidence } from '../../src/node/watch/watched-evidence.ts'
import { temporaryRoot } from './spool/support.ts'

const evidence: Evidence = { store: () => undefined, placeOf: () => undefined }

test('what was learned is kept whole or not at all, whatever was there', () => {
  const root = temporaryRoot()
  mkdirSync(root, { recursive: true })
  const state = join(root, 'watch')
  const before = '{"version":1,"all":[null],"models":[],"news":{"known":[]}}'
  writeFileSync(state, before)
  // Whoever writes into the file, bit by bit, is seen here.
  linkSync(state, join(root, 'before'))
  const failures: unknown[] = []
  const events = { found: () => undefined, failed: (problem: unknown) => failures.push(problem) }
  new WatchedEvidence(evidence, { state }, events).stop()
  expect(failures).toEqual([])
  expect(readFileSync(join(root, 'before'), 'utf8')).toBe(before)
  expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ version: 1, all: [] })
})
