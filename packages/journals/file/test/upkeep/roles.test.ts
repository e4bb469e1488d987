import { symlinkSync, writeFileSync } from 'node:fs'
import {
  annotateCalls,
  openFileReader,
  openLogSource,
  openSealedFiles,
  viewOf
} from '@slm-audit/file'
import { beforeAll, expect, test, vi } from 'vitest'
import { chat, collect, freshPath, openLog } from '../support.ts'

const MAIL = 'ann@example.com'
const roles = {
  roles: {
    support: { contents: 'masked', needsReason: true },
    whole: { contents: 'whole' },
    ops: { contents: 'none', mayBreakGlass: false }
  },
  people: { ann: 'support', max: 'whole', olga: 'ops' }
}
let directory = ''

beforeAll(async () => {
  directory = freshPath()
  const { log } = await openLog({ directory, readAudit: true })
  const request = { ...chat, model: 'm', input: `a refund for ${MAIL}` }
  await log.withContext({ session: 's' }, () => log.record(request, async () => 'done'))
  await log.close()
})

const give = (value: unknown) => writeFileSync(`${directory}.roles.json`, JSON.stringify(value))

/** What the newest record of an access says; that look is recorded, too. */
async function newestAccess() {
  await using reader = await openFileReader(directory, { access: { by: 'max' } })
  const [newest] = (await reader.query('kind:access')).items
  const call = await reader.get(newest?.auditId ?? '')
  return { by: call?.contents.by, event: call?.record.event }
}

test.each([
  [{ by: 'ann', reason: 'T-1' }, 'masked'],
  [{ by: 'max' }, 'whole'],
  [{ by: 'max', contents: 'none' }, 'none'],
  [{ by: 'ann' }, /needs a reason/],
  [{ by: 'ann', reason: 'T-1', contents: 'whole' }, /given contents masked/],
  [{ by: 'eve' }, /no role/],
  [{ by: 'ann', breakGlass: { minutes: 5 } }, /needs a reason/],
  [{ by: 'olga', reason: 'T-1', breakGlass: { minutes: 5 } }, /may not break/]
] as const)('a reader of files with roles asks as %j, and gets %s', async (access, expected) => {
  give(roles)
  if (typeof expected !== 'string') {
    await expect(openFileReader(directory, { access })).rejects.toThrow(expected)
    await expect(openLogSource(directory, { access })).rejects.toThrow(expected)
    return
  }
  expect(viewOf(directory, access)).toBe(expected)
  await using reader = await openFileReader(directory, { access })
  const call = await reader.get((await reader.query('kind:call')).items[0]?.auditId ?? '')
  expect(JSON.stringify(call).includes(MAIL)).toBe(expected === 'whole')
  expect(await newestAccess()).toMatchObject({ by: access.by, event: { view: expected } })
})

test('who breaks the glass of files is given all, is marked, and has to do it again', async () => {
  give(roles)
  const access = { by: 'ann', reason: 'fire', breakGlass: { minutes: 5 } }
  await using reader = await openFileReader(directory, { access })
  const id = (await reader.query('kind:call')).items[0]?.auditId ?? ''
  expect(JSON.stringify(await reader.get(id))).toContain(MAIL)
  expect((await newestAccess()).event).toMatchObject({ breakGlass: true })
  vi.useFakeTimers({ now: Date.now() + 6 * 60_000, toFake: ['Date'] })
  try {
    await expect(reader.get(id)).rejects.toMatchObject({ code: 'denied' })
  } finally {
    vi.useRealTimers()
  }
})

test('a link to files leads to their roles, and roles that cannot be read let nobody in', async () => {
  give({ roles: { watch: { contents: 'none' } }, others: 'watch' })
  const link = freshPath('link')
  symlinkSync(directory, link)
  expect(viewOf(link)).toBe('none')
  const log = await openSealedFiles(link)
  await expect(collect(log.records())).rejects.toMatchObject({ code: 'denied' })
  const bare = await openSealedFiles(link, { ownWordsOnly: true })
  const records = await collect(bare.records())
  expect(records.length).toBe(bare.size)
  expect(JSON.stringify(records.map(({ contents }) => contents))).not.toContain(MAIL)
  give({ role: {} })
  await expect(openFileReader(directory)).rejects.toMatchObject({ code: 'bad_policy' })
})

test('what is said of calls in files stands with them; of others nothing is said', async () => {
  give(roles)
  await using reader = await openFileReader(directory, { access: { by: 'max' } })
  const id = (await reader.query('kind:call')).items[0]?.auditId ?? ''
  const annotation = { feedback: 'down', note: 'wrong price' }
  const { indices } = await annotateCalls(directory, { calls: [id], annotation })
  const call = await reader.get(id)
  expect(call?.annotations).toMatchObject([{ index: indices[0], says: annotation }])
  const other = { calls: ['none'], annotation }
  await expect(annotateCalls(directory, other)).rejects.toMatchObject({ code: 'not_found' })
  const empty = { calls: [id], annotation: {} }
  await expect(annotateCalls(directory, empty)).rejects.toMatchObject({ code: 'bad_option' })
})
