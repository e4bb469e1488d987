import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  addHold,
  annotateCalls,
  type EraseScope,
  eraseContents,
  openReader,
  redactContents,
  releaseHold
} from '@slm-audit/sqlite'
import { beforeEach, expect, test } from 'vitest'
import { request, sealedIn, verdictOn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

let file = ''
let [alices, bobs] = ['', '']

/** What was said of Alice's call: outside of any context, in that of a reviewer, and of the first of these. */
const SAID = ['alice said outside', 'alice said by a reviewer', 'alice said of a note']
const why = { reason: 'asked for', by: 'officer' }

/** A call each of Alice and Bob, and what others said of them. */
beforeEach(async () => {
  file = freshFile()
  const { log, problems } = await openLog({ file })
  for (const user of ['alice', 'bob']) {
    const input = `${user} asked, mail ${user}@example.com`
    const context = { user, session: `of ${user}`, tenant: `by ${user}` }
    await log.withContext(context, () => log.record({ ...request, input }, async () => 'answer'))
  }
  await log.flush()
  await using reader = await openReader(file)
  const idOf = async (filter: { readonly [name: string]: string }) =>
    (await reader.query(filter)).items[0]?.auditId ?? ''
  ;[alices, bobs] = [await idOf({ user: 'alice' }), await idOf({ user: 'bob' })]
  log.annotate(alices, { note: `${SAID[0]}, mail alice@example.com` })
  await log.flush()
  const note = await idOf({ kind: 'annotation' })
  log.withContext({ user: 'carol' }, () => log.annotate(alices, { correction: SAID[1] }))
  log.annotate(note, { note: SAID[2] })
  log.withContext({ user: 'alice' }, () => log.annotate(bobs, { note: 'alice wrote of bob' }))
  log.annotate(bobs, { note: 'bob said outside' })
  await log.close()
  expect(problems).toEqual([])
})

/** Which of some texts stand in the files of the log, or beside it. */
function stored(texts: readonly string[]): string[] {
  const files = readdirSync(dirname(file), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
  return texts.filter((text) => files.some((bytes) => bytes.includes(text)))
}

async function found(text: string): Promise<number> {
  await using reader = await openReader(file)
  return (await reader.search(text)).items.length
}

const scopes: readonly [name: string, scope: () => EraseScope][] = [
  ['a user', () => ({ user: 'alice' })],
  ['a session', () => ({ session: 'of alice' })],
  ['a tenant', () => ({ tenant: 'by alice' })],
  ['a call', () => ({ calls: [alices] })]
]

test.each(scopes)('an erasure of %s takes what others said of its calls', async (name, scope) => {
  expect(stored(SAID)).toEqual(SAID)
  const rehearsed = await eraseContents(file, { scope: scope(), ...why, dryRun: true })
  const report = await eraseContents(file, { scope: scope(), ...why })
  expect(report).toEqual(rehearsed)
  // Two records of the call and three notes; Alice's own words of another call are those of the user.
  expect(report).toMatchObject({ calls: 1, records: name === 'a user' ? 6 : 5 })
  expect(stored([...SAID, 'alice asked'])).toEqual([])
  expect(stored(['alice wrote of bob'])).toHaveLength(name === 'a user' ? 0 : 1)
  expect(stored(['bob asked', 'bob said outside'])).toHaveLength(2)
  expect([await found('reviewer'), await found('outside')]).toEqual([0, 1])
  const verdict = await verdictOn(file)
  expect([verdict.flaw, verdict.unexplained]).toEqual([undefined, 0])
})

test('an erasure of the reviewer takes what she said, and nothing of the call', async () => {
  const report = await eraseContents(file, { scope: { user: 'carol' }, ...why })
  expect(report).toMatchObject({ calls: 0, records: 1, contents: 1 })
  expect(stored([...SAID, 'alice asked'])).toEqual([SAID[0], SAID[2], 'alice asked'])
})

test.each(scopes)('a hold of %s keeps what others said of its calls', async (_, scope) => {
  await addHold(file, { incident: 'INC-7', scope: scope(), ...why })
  for (const erased of [{ user: 'alice' }, { user: 'carol' }, { calls: [alices] }]) {
    const report = await eraseContents(file, { scope: erased, ...why })
    expect(report.incidents).toEqual(['INC-7'])
  }
  expect(stored([...SAID, 'alice asked'])).toEqual([...SAID, 'alice asked'])
  await releaseHold(file, { incident: 'INC-7', ...why })
  await eraseContents(file, { scope: { user: 'alice' }, ...why })
  expect(stored(SAID)).toEqual([])
})

test('a redaction of a user reaches what others said of the calls, and an erasure what it left', async () => {
  const rule = { redact: [{ detectors: ['email'], operator: 'remove' as const }] }
  await redactContents(file, { scope: { user: 'alice' }, rule, ...why })
  expect(stored(['alice@example.com', 'bob@example.com'])).toEqual(['bob@example.com'])
  expect(stored(SAID)).toEqual(SAID)
  await eraseContents(file, { scope: { session: 'of alice' }, ...why })
  expect(stored([...SAID, 'alice asked'])).toEqual([])
  expect((await verdictOn(file)).flaw).toBeUndefined()
})

test('a call of which all is erased is annotated anew, and that is erased as well', async () => {
  await eraseContents(file, { scope: { user: 'alice' }, ...why })
  const { indices } = await annotateCalls(file, {
    calls: [alices],
    annotation: { note: 'closed after the erasure', ticket: 'T-1' }
  })
  const added = [...sealedIn(file)].find(({ index }) => index === indices[0])
  expect(added?.header).toMatch(/"user":"alice"/)
  await using reader = await openReader(file)
  expect((await reader.get(alices))?.annotations?.at(-1)?.says).toMatchObject({
    note: 'closed after the erasure'
  })
  expect(await found('closed')).toBe(1)
  await eraseContents(file, { scope: { user: 'alice' }, ...why })
  expect(stored(['closed after the erasure'])).toEqual([])
  const verdict = await verdictOn(file)
  expect([verdict.flaw, verdict.unexplained]).toEqual([undefined, 0])
})
