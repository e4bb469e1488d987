import * as nodeFiles from 'node:fs'
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONTENTS_REDACTED, parseRecord } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  addHold,
  fileExporter,
  openFileReader,
  type RedactionRule,
  redactContents
} from '@slm-audit/file'
import { describe, expect, test } from 'vitest'
import { type AdministeredFiles, administer } from '../../src/upkeep/administer.ts'
import { finishErasure } from '../../src/upkeep/erase-stored.ts'
import { beginErasure } from '../../src/upkeep/pending-erasure.ts'
import { redactStored } from '../../src/upkeep/redact-stored.ts'
import { dyingFiles, failing, faultyFiles } from '../faulty-files.ts'
import { freshPath, openLog, textsIn } from '../support.ts'
import { filesWith, read, written } from './conversations.ts'

const rule: RedactionRule = {
  detectors: [{ id: 'names', pattern: 'alicewords' }],
  redact: [{ detectors: ['names'], operator: 'remove' }]
}
const SAID = { rule, reason: 'a rule was missing', by: 'officer' }
const PENDING = 'redacting.json'

function redact(directory: string, more: Partial<Parameters<typeof redactContents>[1]> = {}) {
  const keyFile = `${directory}.key`
  const signer = privateKeySigner(readKeyFile(keyFile))
  return redactContents(directory, { ...SAID, signer, keyFile, stateFolder: false, ...more })
}

/** The inputs of Alice's two turns as a reader shows them, and whether the log is sound. */
async function shown(directory: string) {
  await using reader = await openFileReader(directory)
  const { items } = await reader.query({ user: 'alice' })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  const { flaw, unexplained, strays } = await reader.verify()
  const inputs = calls.map((call) => JSON.stringify(call?.contents))
  return { inputs, absent: calls.flatMap((call) => call?.absent ?? []), flaw, unexplained, strays }
}

const SOUND = { absent: [], flaw: undefined, unexplained: 0, strays: 0 }
const REDACTED = {
  ...SOUND,
  inputs: [
    expect.stringMatching(/first ⟨value⟩.*second ⟨value⟩.*⟨value⟩ again/),
    expect.stringMatching(/first ⟨value⟩.*⟨value⟩ answered/)
  ]
}

/** As a process leaves it that is killed when it has begun. */
async function begun(directory: string): Promise<void> {
  await administer(directory, {}, {}, ({ log }) =>
    log.exclusive(async () => {
      log.endFile()
      const note = { scope: 'redaction', by: 'officer', reason: 'a rule was missing' }
      const pending = { scopes: [], note, until: log.state.size, rule }
      await beginErasure(nodeFiles, directory, pending, undefined)
    })
  )
}

describe('a redaction that is killed', () => {
  test('at any call to the file system shows what was or what it becomes, and is finished at the next opening', async () => {
    const template = await written({ compression: 'gzip' })
    let hasBegun = 0
    for (let at = 1, went = true; went; at++) {
      const { files, struck, where } = dyingFiles(at)
      const directory = freshPath()
      cpSync(template, directory, { recursive: true })
      const redacting = (each: AdministeredFiles) => redactStored(each, SAID, files)
      await administer(directory, {}, {}, redacting, { files }).catch(() => undefined)
      went = struck()
      // Nobody is left without one of the two.
      expect(await shown(directory), where).toMatchObject(SOUND)
      if (existsSync(join(directory, PENDING))) hasBegun++
      else if (went) continue
      await administer(directory, {}, {}, (each) => finishErasure(each))
      expect(filesWith(directory, 'alicewords'), where).toEqual([])
      expect(await shown(directory), where).toMatchObject(REDACTED)
      const { records } = await read(directory)
      const kept = records.filter((each) => parseRecord(each).kind === CONTENTS_REDACTED)
      const names = kept.map((each) => [parseRecord(each).parent, each.contents[0]?.name].join())
      expect(new Set(names).size, where).toBe(names.length)
    }
    expect(hasBegun).toBeGreaterThan(10)
  })

  test('is finished by the application that opens the log next', async () => {
    const directory = await written()
    await begun(directory)
    const { log, problems } = await openLog({ directory })
    await expect.poll(() => existsSync(join(directory, PENDING))).toBe(false)
    await log.close()
    expect(problems).toEqual([])
    expect(filesWith(directory, 'alicewords')).toEqual([])
    expect(await shown(directory)).toMatchObject(REDACTED)
    expect((await read(directory)).report.unsigned).toBe(0)
  })

  test('and cannot be read any more takes nothing out, and says so', async () => {
    const directory = await written()
    await begun(directory)
    for (const text of ['{', '{"scopes":[],"until":4}', '{"rule":{"redact":[]},"scopes":[]}']) {
      writeFileSync(join(directory, PENDING), text)
      await expect(redact(directory)).rejects.toMatchObject({ code: 'journal_damaged' })
    }
    const { log, problems } = await openLog({ directory })
    await log.close()
    expect(problems.join()).toMatch(/redacting\.json cannot be read; delete it, and redact again/)
    expect((await shown(directory)).inputs.join()).toMatch(/first alicewords/)
  })
})

test('a disk that fails at any call, and works again, costs nothing, and the next run does the rest', async () => {
  const template = await written({ compression: 'gzip' })
  const faults = ['fails before', 'fails after', 'is cut short'] as const
  for (let at = 1, went = true; went; at += 3) {
    const fault = faults[at % faults.length] ?? 'fails before'
    const where = `${fault} at call ${at}`
    const { files, struck } = faultyFiles(at, failing(fault))
    const directory = freshPath()
    cpSync(template, directory, { recursive: true })
    const redacting = (each: AdministeredFiles) => redactStored(each, SAID, files)
    await administer(directory, {}, {}, redacting, { files }).catch(() => undefined)
    went = struck()
    expect(await shown(directory), where).toMatchObject(SOUND)
    await redactContents(directory, SAID)
    expect(filesWith(directory, 'alicewords'), where).toEqual([])
    expect(await shown(directory), where).toMatchObject(REDACTED)
    expect(existsSync(join(directory, PENDING)), where).toBe(false)
  }
})

test('two at once do it once', async () => {
  const directory = await written()
  const both = await Promise.all([redact(directory), redact(directory)])
  expect(both.map(({ contents }) => contents > 0).sort()).toEqual([false, true])
  expect(await shown(directory)).toMatchObject(REDACTED)
  const { unsigned, signedLate } = (await read(directory)).report
  expect({ unsigned, signedLate }).toEqual({ unsigned: 0, signedLate: [] })
})

test('a hold that comes meanwhile keeps what is still there', async () => {
  const directory = await written()
  let held: Promise<void> | undefined
  const scope = { user: 'alice' }
  await redact(directory, {
    onProgress: () => {
      held ??= addHold(directory, { incident: 'INC-7', scope, reason: 'claim' })
    }
  })
  await held
  // Of each turn all that is gone has another form.
  expect(await shown(directory)).toMatchObject(SOUND)
  const { records } = await read(directory)
  expect(textsIn(records).join()).toMatch(/bobwords/)
})

test('a copy in files becomes what its log has become', async () => {
  const directory = await written()
  const copy = { directory: freshPath('copy'), compression: 'gzip' } as const
  const deliver = async () => {
    const { log, problems } = await openLog({ directory }, { exporters: [fileExporter(copy)] })
    await log.close()
    expect(problems).toEqual([])
  }
  await deliver()
  await redact(directory)
  await deliver()
  expect(filesWith(copy.directory, 'alicewords')).toEqual([])
  expect(await shown(copy.directory)).toMatchObject(REDACTED)
})
