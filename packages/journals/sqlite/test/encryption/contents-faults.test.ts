import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type PendingRecord, pendingEvent, verifyLog } from '@slm-audit/core/journal'
import { localKeyProvider, nodeSha256 } from '@slm-audit/core/node'
import { contentsSettings, Pseudonyms, SealedAppends, SubjectKeys } from '@slm-audit/core/subjects'
import { eraseContents, openReader, rotateContentsKeyFile } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { unlockContents } from '../../src/encryption/contents-provider.ts'
import { secretOf } from '../../src/store/contents/open-subject-keys.ts'
import { subjectRows } from '../../src/store/contents/subject-rows.ts'
import { openForWriting } from '../../src/store/open-database.ts'
import { storedLog } from '../../src/store/stored-log.ts'
import { type Row, rowOf, Writer } from '../../src/store/writer.ts'
import { runProgram } from '../support.ts'
import { fresh, keysOf, signingOf, talk, WORDS } from './contents-support.ts'
import { withFault } from './failing-writes.ts'

const FAULTS = ['fails', 'is done and then fails'] as const
/** Every write instead of every third, each third with another fault; takes minutes. */
const ALL = process.env.SLM_AUDIT_ALL_FAULTS === '1'

/** A call of a user, as two pending records. */
function callOf(auditId: string, user: string): PendingRecord[] {
  return (['received', 'complete'] as const).map((stage) => {
    const one = pendingEvent('call', {})
    const context = { user }
    const [head, tail] = [one.head, one.tail].map((text) =>
      text.replace(one.record.auditId, auditId).replace('"stage":"event"', `"stage":"${stage}"`)
    )
    const record = { ...one.record, auditId, stage, context }
    const contents = [{ name: 'input', type: 'text/plain', body: `${WORDS} ${user}` }]
    const withContext = `"context":{"user":"${user}"},${head ?? ''}`
    return { ...one, record, head: withContext, tail: tail ?? '', contents }
  })
}

/** Two batches of two people, each tried again where it fails; how often that was. */
async function appendTwice(database: Database, keyFile: string): Promise<number> {
  const file = database.name
  const writer = new Writer(database, 'writer')
  const secret = secretOf(file)
  const provider = localKeyProvider({ file: keyFile })
  const settings = contentsSettings({ keys: { file: keyFile } })
  const protecting = {
    keys: new SubjectKeys({ store: subjectRows(database), provider, settings, secret }),
    pseudonyms: new Pseudonyms(subjectRows(database), secret)
  }
  const appends = new SealedAppends<Row>(protecting, (rows, place, keys) =>
    writer.append(rows, place, keys)
  )
  let failed = 0
  for (const auditId of ['first', 'second']) {
    const batch = ['u-7', 'u-8'].flatMap((user) => callOf(`${auditId} ${user}`, user))
    const append = async (isRetried: boolean) => {
      const rows = batch.map((each) => rowOf(each, isRetried))
      await appends.append(rows, undefined)
    }
    await append(false).catch(() => {
      failed++
      return append(true)
    })
  }
  return failed
}

/** What of the log can be read with the keys, and whether it verifies. */
async function wordsIn(file: string, keys: { readonly file: string }): Promise<string[]> {
  await using reader = await openReader(file, { encryption: { contents: { keys } } })
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ encryptedContents: 0, unexplained: 0 })
  const { items } = await reader.query({ kind: 'call' }, { limit: 100 })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.map(
    (call) => /quetzalcoatl asked u-\d/.exec(JSON.stringify(call?.contents))?.[0] ?? ''
  )
}

describe.each(FAULTS)('each write of an append with encrypted contents %s', (fault) => {
  test('all is stored by the next try, once, and can be read', async () => {
    const writesOf = async (place: number) => {
      const { file, contents } = fresh()
      const database = openForWriting(file, 'memory', 'example.com/log')
      unlockContents(file, contents.keys)
      let failed = 0
      const { writes, thrown } = await withFault(place, fault, async () => {
        failed = await appendTwice(database, contents.keys.file)
      })
      expect(thrown, `write ${place}`).toBeUndefined()
      const report = await verifyLog(storedLog(database), {}, nodeSha256)
      expect(report.flaw, `write ${place}`).toBeUndefined()
      expect(report).toMatchObject({ size: 8, checked: 8, openCalls: 0, encryptedContents: 0 })
      database.close()
      return { writes, failed }
    }
    const { writes, failed } = await writesOf(0)
    expect(failed).toBe(0)
    expect(writes).toBeGreaterThan(10)
    for (let place = 1; place <= writes; place++) {
      expect((await writesOf(place)).failed, `write ${place}`).toBe(1)
    }
  })
})

/** The writes that a fault is tried at. */
function placesOf(writes: number, first: number, every = 3): number[] {
  const all = Array.from({ length: writes }, (_, at) => at + 1)
  return ALL ? all : all.filter((_, at) => at % every === first % every)
}

const works = {
  rotation: {
    run: (file: string, keys: string) => rotateContentsKeyFile(file, keys, signingOf(file)),
    left: ['quetzalcoatl asked u-7', 'quetzalcoatl asked u-8'],
    keys: [true, true]
  },
  erasure: {
    run: (file: string) =>
      eraseContents(file, { scope: { user: 'u-7' }, reason: 'asked for', ...signingOf(file) }),
    left: ['', 'quetzalcoatl asked u-8'],
    keys: [false, true]
  }
} as const

describe.each(['rotation', 'erasure'] as const)('a %s of encrypted contents', (work) => {
  const { run, left, keys: keysLeft } = works[work]
  let folder = ''
  beforeAll(async () => {
    const { file, contents } = fresh()
    await talk(file, contents, 'u-7', 1)
    await talk(file, contents, 'u-8', 1)
    folder = dirname(file)
  })

  function copied() {
    const copy = mkdtempSync(join(tmpdir(), 'slm-audit-faults-'))
    cpSync(folder, copy, { recursive: true })
    return { file: join(copy, 'audit.db'), keys: { file: join(copy, 'contents.keys') } }
  }

  /** What is there after a fault can be read or is gone as a whole; the same once more finishes it. */
  async function expectFinished({ file, keys }: ReturnType<typeof copied>, place: number) {
    expect(await wordsIn(file, keys), `write ${place}`).toContain('quetzalcoatl asked u-8')
    await run(file, keys.file)
    expect((await wordsIn(file, keys)).sort(), `write ${place}`).toEqual(left)
    expect(keysOf(file)).toEqual(keysLeft)
  }

  test.each(FAULTS)(
    'each write of which %s is finished by the next',
    async (fault) => {
      const { writes } = await withFault(0, fault, () => {
        const { file, keys } = copied()
        return run(file, keys.file)
      })
      expect(writes).toBeGreaterThan(3)
      for (const place of placesOf(writes, FAULTS.indexOf(fault))) {
        const one = copied()
        await withFault(place, fault, () => run(one.file, one.keys.file))
        await expectFinished(one, place)
      }
    },
    120_000
  )

  test('is finished by the next where it is killed at a write', async () => {
    const { writes } = await withFault(0, 'fails', () => {
      const { file, keys } = copied()
      return run(file, keys.file)
    })
    for (const place of placesOf(writes, 2, Math.ceil(writes / 4))) {
      const one = copied()
      const ended = await runProgram('killed-writes', one.file, one.keys.file, work, `${place}`)
      expect(ended.signal, ended.output).toBe('SIGKILL')
      await expectFinished(one, place)
    }
  }, 120_000)
})
