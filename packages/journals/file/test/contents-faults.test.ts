import * as nodeFiles from 'node:fs'
import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localKeyProvider, newWrappingKey } from '@slm-audit/core/node'
import { checkedProvider, rewrapKeys } from '@slm-audit/core/subjects'
import { openFileReader } from '@slm-audit/file'
import { beforeAll, describe, expect, test } from 'vitest'
import { storedScopes } from '../src/subjects/stored-users.ts'
import { type AdministeredFiles, administer } from '../src/upkeep/administer.ts'
import { eraseStored, finishErasure } from '../src/upkeep/erase-stored.ts'
import { beginErasure } from '../src/upkeep/pending-erasure.ts'
import { rewrappedFiles } from '../src/upkeep/rewrapped-files.ts'
import { subjectOf } from '../src/upkeep/subject-erasure.ts'
import { dyingFiles } from './faulty-files.ts'
import { chat, freshPath, openLog } from './support.ts'
import { filesWith } from './upkeep/conversations.ts'

const FIRST = newWrappingKey()
const keyFile = freshPath('contents.keys')
const keys = { file: keyFile }
const encryption = { contents: { keys } }

/** Records a call of each user. */
async function call(directory: string, users: readonly string[]): Promise<void> {
  const { log, problems } = await openLog({ directory, encryption, rotate: { bytes: 900 } })
  for (const user of users) {
    await log.withContext({ user }, () =>
      log.record({ ...chat, input: `${user}words` }, async () => 1)
    )
    await log.flush()
  }
  await log.close()
  expect(problems).toEqual([])
}

let template = ''
beforeAll(async () => {
  writeFileSync(keyFile, `${FIRST}\n`)
  template = freshPath()
  await call(template, ['u-7', 'u-8'])
})

function copied(): string {
  const directory = freshPath()
  cpSync(template, directory, { recursive: true })
  for (const more of ['.secret', '.key', '.key.head']) cpSync(template + more, directory + more)
  return directory
}

/** Whose words can be read with the keys; nothing is wrong with the log. */
async function wordsIn(directory: string, where: string): Promise<string[]> {
  await using reader = await openFileReader(directory, { encryption })
  const report = await reader.verify()
  expect(report.flaw, where).toBeUndefined()
  expect(report, where).toMatchObject({ unexplained: 0, encryptedContents: 0, strays: 0 })
  const { items } = await reader.query({ kind: 'call' })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.flatMap((each) => /u-\dwords/.exec(JSON.stringify(each?.contents))?.[0] ?? []).sort()
}

function keysIn(directory: string): boolean[] {
  const lines = readFileSync(join(directory, 'subjects.jsonl'), 'utf8').split('\n')
  return lines.filter((line) => line.startsWith('{"key"')).map((line) => /"wrapped"/.test(line))
}

describe('data keys in files', () => {
  test('go with an erasure that dies at any step, by whoever finishes it', async () => {
    const asked = { scope: { user: 'u-7' }, reason: 'asked for', by: 'officer' }
    let begun = 0
    for (let [at, went] = [1, true]; went; at++) {
      const { files, struck, where } = dyingFiles(at)
      const directory = copied()
      const erasing = (each: AdministeredFiles) => eraseStored(each, asked, files)
      await administer(directory, {}, {}, erasing, { files }).catch(() => undefined)
      went = struck()
      const isBegun = existsSync(join(directory, 'erasing.json'))
      if (went && !isBegun && at % 3 > 0) continue
      if (isBegun) begun++
      expect(await wordsIn(directory, where), where).toContain('u-8words')
      if (went && !isBegun) continue
      await administer(directory, {}, {}, (each) => finishErasure(each))
      expect(await wordsIn(directory, where)).toEqual(['u-8words'])
      expect(keysIn(directory), where).toEqual([false, true])
    }
    expect(begun).toBeGreaterThan(10)
  }, 120_000)

  test('of what comes where an erasure was killed before they were out of use go as well, or are other ones', async () => {
    const directory = copied()
    await administer(directory, {}, {}, ({ log }) =>
      log.exclusive(async () => {
        log.endFile()
        const scopes = storedScopes(directory, { user: 'u-7' })
        const subject = subjectOf(log.subjects, directory, scopes)
        const note = { scope: 'user', by: 'officer', reason: 'asked for' }
        const pending = { scopes, note, until: log.state.size, ...(subject && { subject }) }
        await beginErasure(nodeFiles, directory, pending, undefined)
      })
    )
    expect(keysIn(directory)).toEqual([true, true])
    // Whoever opens the log finishes it beside the appends, or leaves that to the next one where it closes soon.
    await call(directory, ['u-7'])
    await administer(directory, {}, {}, (each) => finishErasure(each))
    expect(keysIn(directory).slice(0, 2)).toEqual([false, true])
    expect(await wordsIn(directory, 'killed')).toContain('u-8words')
  })

  test('are all there where a rotation dies at any step, and the next one finishes it', async () => {
    writeFileSync(keyFile, `${newWrappingKey()}\n${FIRST}\n`)
    const rotate = async ({ log }: AdministeredFiles) =>
      await rewrapKeys(rewrappedFiles(log), checkedProvider(localKeyProvider(keys)))
    for (let [at, went] = [1, true]; went; at++) {
      const { files, struck, where } = dyingFiles(at)
      const directory = copied()
      await administer(directory, {}, {}, rotate, { files }).catch(() => undefined)
      went = struck()
      expect(await wordsIn(directory, where), where).toEqual(['u-7words', 'u-8words'])
      const { rewrapped, current } = await administer(directory, {}, {}, rotate)
      expect(rewrapped + current, where).toBe(2)
      expect(await wordsIn(directory, where), where).toEqual(['u-7words', 'u-8words'])
    }
  }, 120_000)

  test('that somebody changed are found, and a line that was not finished is written over', async () => {
    const tampered = async (from: RegExp, to: string) => {
      const directory = copied()
      const path = join(directory, 'subjects.jsonl')
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
      await using reader = await openFileReader(directory, { encryption })
      return await reader.verify()
    }
    const gone = await tampered(/,"wrapped":"[^"]+"/, '')
    expect(gone.flaw?.kind).toBe('content missing')
    const odd = await tampered(/"wrapped":"[^"]+"/, `"wrapped":"${'A'.repeat(100)}"`)
    expect(odd).toMatchObject({ encryptedContents: 2 })
    const lost = await tampered(/[\s\S]+/, '')
    expect(lost.flaw?.kind).toBe('content missing')
    const newer = tampered(/subjects 1/, 'subjects 2')
    await expect(newer).rejects.toMatchObject({ code: 'journal_newer' })
    const directory = copied()
    appendFileSync(join(directory, 'subjects.jsonl'), '{"key":"k-torn')
    await call(directory, ['u-9'])
    expect(await wordsIn(directory, 'torn')).toEqual(['u-7words', 'u-8words', 'u-9words'])
    expect(filesWith(directory, 'k-torn')).toEqual([])
  })
})
