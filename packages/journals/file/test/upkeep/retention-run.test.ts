import * as nodeFiles from 'node:fs'
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyDocument } from '@slm-audit/core'
import { type PendingRetention, readAging } from '@slm-audit/core/journal'
import { openFileReader, openLogSource } from '@slm-audit/file'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import type { Cipher } from '../../src/format/age.ts'
import type { FileSystem } from '../../src/format/files.ts'
import { LogFiles } from '../../src/journal/log-files.ts'
import { openDirectory } from '../../src/source/source-directory.ts'
import { type AdministeredFiles, administer } from '../../src/upkeep/administer.ts'
import { RetentionRun } from '../../src/upkeep/retain-stored.ts'
import { dyingFiles } from '../faulty-files.ts'
import { chat, freshPath, openLog } from '../support.ts'
import { later, policy, record, recorded } from './aged-logs.ts'
import { filesWith, read } from './conversations.ts'

describe('a run of retention in files', () => {
  test('that is killed at one in three calls to the file system leaves a log that verifies, and is finished at the next opening', async () => {
    const template = await recorded({ compression: 'gzip', rotate: { bytes: 90_000 } }, 150)
    const brief = {
      default: 'none',
      classes: { none: { headers: 'P1Y' }, long: { headers: 'P1Y' } }
    }
    const pending = { retention: brief, digest: 'd'.repeat(64), now: later(2).getTime() }
    let begun = 0
    let at = 1
    for (let went = true; went; at += 3) {
      const { files, struck, where } = dyingFiles(at)
      const directory = freshPath()
      cpSync(template, directory, { recursive: true })
      const retaining = (each: AdministeredFiles) => runOf(each, pending, files)
      await administer(directory, {}, {}, retaining, { files }).catch(() => undefined)
      went = struck()
      const { flaw } = (await read(directory)).report
      // A line that is cut short is mended when the log is opened next.
      if (flaw?.detail !== 'the last line of manifest.jsonl is cut') {
        expect(flaw, where).toBeUndefined()
      }
      const isBegun = existsSync(join(directory, 'retaining.json'))
      if (isBegun) begun++
      if (went && !isBegun) continue
      await administer(directory, {}, {}, (each) => runOf(each, { ...pending, now: 0 }))
      expect(filesWith(directory, 'oldwords'), where).toEqual([])
      const { report, records } = await read(directory)
      expect(report.flaw, where).toBeUndefined()
      expect(report, where).toMatchObject({ unexplained: 0, strays: 0 })
      expect(report.pruned, where).toBeGreaterThan(200)
      const all = records.flatMap((sealed) => readAging(sealed) ?? [])
      const said = all.map(({ kind, ranges }) => `${kind} ${ranges}`)
      expect(new Set(said).size, where).toBe(said.length)
    }
    expect(begun).toBeGreaterThan(10)
  })

  test('that is killed before a file takes its place leaves what the manifest says', async () => {
    const directory = await spanned()
    const dying = {
      ...nodeFiles,
      renameSync: (from: nodeFiles.PathLike, to: nodeFiles.PathLike) => {
        if (/records-\d+\.jsonl$/.test(String(to))) throw new Error('dead')
        nodeFiles.renameSync(from, to)
      }
    }
    const retaining = (each: AdministeredFiles) => runOf(each, allDue, dying)
    await administer(directory, {}, {}, retaining).catch(() => undefined)
    expect(nodeFiles.readdirSync(directory).some((name) => /^records-.*\.new$/.test(name))).toBe(
      true
    )
    const killed = await read(directory)
    expect(killed.report.flaw).toBeUndefined()
    expect(killed.report.pruned).toBeGreaterThan(0)
    const { log, problems } = await openLog({ directory })
    const isLeft = () => existsSync(join(directory, 'retaining.json'))
    await expect.poll(isLeft, { timeout: 20_000 }).toBe(false)
    await log.close()
    // Nobody has signed what was killed.
    expect(problems.map(({ code }) => code)).toEqual(['history_rewritten'])
    const { report } = await read(directory)
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ unexplained: 0, strays: 0, openCalls: 0 })
  })

  test('that is killed names no class beside a log that is encrypted, and is finished with its identity', async () => {
    const identity = await generateX25519Identity()
    const keys = { identities: [identity], recipients: [await identityToRecipient(identity)] }
    const directory = await recorded(keys, 150)
    const dying = {
      ...nodeFiles,
      renameSync: (from: nodeFiles.PathLike, to: nodeFiles.PathLike) => {
        if (/records-\d+\./.test(String(to))) throw new Error('dead')
        nodeFiles.renameSync(from, to)
      }
    }
    const retaining = (each: AdministeredFiles) => runOf(each, allDue, dying)
    await administer(directory, {}, keys, retaining).catch(() => undefined)
    const path = join(directory, 'retaining.json')
    expect(Object.keys(JSON.parse(nodeFiles.readFileSync(path, 'utf8')))).toEqual(['age'])
    await administer(directory, {}, keys, (each) => runOf(each, { ...allDue, now: 0 }))
    expect(existsSync(path)).toBe(false)
    await using reader = await openFileReader(directory, keys)
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.pruned).toBeGreaterThan(200)
  })

  test('leaves a manifest that names no calls that have gone', async () => {
    const directory = await spanned()
    await administer(directory, {}, {}, (each) => runOf(each, allDue))
    const { report } = await read(directory)
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ unexplained: 0, strays: 0, openCalls: 0 })
  })

  test('leaves whoever reads meanwhile with all that stays', async () => {
    const directory = await spanned()
    const source = await openLogSource(directory)
    const reading = source.records()[Symbol.asyncIterator]()
    const found = [await reading.next()]
    await administer(directory, {}, {}, (each) => runOf(each, allDue))
    while (!found.at(-1)?.done) found.push(await reading.next())
    const indices = found.flatMap(({ value }) => (value ? [value.index] : []))
    expect(indices).toEqual(indices.toSorted((a, b) => a - b))
    expect(indices.at(-1)).toBe(source.size - 1)
    const { records } = await read(directory)
    const left = records.filter(({ index }) => index < source.size)
    expect(left.filter(({ index }) => !indices.includes(index))).toEqual([])
  })

  test('has the disk hold what it says before it takes anything, at any level', async () => {
    const directory = await recorded({}, 150)
    const done: string[] = []
    const files = {
      ...nodeFiles,
      fdatasyncSync: (handle: number) => {
        done.push('synced')
        nodeFiles.fdatasyncSync(handle)
      },
      renameSync: (from: nodeFiles.PathLike, to: nodeFiles.PathLike) => {
        if (String(to).endsWith('manifest.jsonl')) done.push('taken')
        nodeFiles.renameSync(from, to)
      }
    }
    const { origin } = await openDirectory(directory, plain)
    const settings = { durability: 'process', maxBytes: 30_000, maxAgeMs: 86_400_000 } as const
    const log = new LogFiles({ ...settings, directory, origin }, files)
    await runOf({ directory, log, decrypt: plain }, allDue, files)
    log.close()
    const taken = done.flatMap((each, at) => (each === 'taken' ? [done[at - 1]] : []))
    expect(taken.length).toBeGreaterThan(2)
    expect(new Set(taken)).toEqual(new Set(['synced']))
    expect((await read(directory)).report.flaw).toBeUndefined()
  })

  test('on a schedule runs beside the application, which tells where no policy says how long', async () => {
    const often = { everyHours: 1 / 36_000 }
    const short: PolicyDocument = {
      retention: { default: 'none', classes: { none: { contents: 'P0D' } } },
      rules: [{ level: 'RequestResponse' }]
    }
    const directory = await recorded({}, 50)
    const { log, problems } = await openLog({ directory, retention: often }, { policy: short })
    await expect.poll(() => filesWith(directory, 'oldwords'), { timeout: 20_000 }).toEqual([])
    await log.close()
    expect(problems).toEqual([])
    expect((await read(directory)).report).toMatchObject({ unexplained: 0, strays: 0 })
    const other = await openLog({ directory: freshPath(), retention: often })
    await expect.poll(() => other.problems[0]?.code, { timeout: 20_000 }).toBe('bad_policy')
    await other.log.close()
    const wrong = { directory: freshPath(), retention: { everyHours: 0 } }
    await expect(openLog(wrong)).rejects.toThrow(/retention must be true or/)
  })
})

const plain: Cipher = async (bytes) => bytes

/** A run for which everything has come to its time. */
const allDue: PendingRetention = {
  retention: {
    default: 'none',
    classes: { none: { headers: 'P0D' }, short: { headers: 'P0D' }, long: { headers: 'P0D' } }
  },
  digest: 'd'.repeat(64),
  now: later(1).getTime()
}

/** A log with calls that begin in one file and end in a later one. */
async function spanned(): Promise<string> {
  const directory = freshPath()
  const { log } = await openLog({ directory, rotate: { bytes: 30_000 } }, { policy })
  const answer = Promise.withResolvers<string>()
  const begin = () => log.record({ ...chat, input: 'openwords' }, () => answer.promise)
  const first = begin()
  await record(log, 0, 100)
  const second = begin()
  await record(log, 100, 200)
  answer.resolve('at last')
  await Promise.all([first, second])
  await record(log, 200, 300)
  await log.close()
  return directory
}

async function runOf(
  administered: AdministeredFiles,
  pending: PendingRetention,
  files: FileSystem = nodeFiles
): Promise<void> {
  const run = new RetentionRun(administered, pending, { files })
  for await (const _ of run.steps());
}
