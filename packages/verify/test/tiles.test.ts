import { constants } from 'node:buffer'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pendingEvent } from '@slm-audit/core/journal'
import { newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { COSIGNATURE_V1, formatVerifierKey } from '@slm-audit/core/tlog'
import { exportTiles, sqliteJournal } from '@slm-audit/sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { run } from '../src/run.ts'
import { parseTrustPolicy } from '../src/trust-policy.ts'

const ORIGIN = 'example.com/log'
let folder = ''
const path = (name: string) => join(folder, name)
const verify = () => run(['tiles', path('tiles'), '--policy', path('policy')])

async function append(database: string, count: number): Promise<void> {
  const journal = await sqliteJournal({ file: path(database), origin: ORIGIN })
  const contents = [{ name: 'input', type: 'text/plain', body: 'the words of a prompt' }]
  const pending = Array.from({ length: count }, (_, at) => pendingEvent('test', { at }))
  await journal.append(pending.map((one) => ({ ...one, contents })))
  await journal[Symbol.asyncDispose]()
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slm-audit-tiles-'))
  await append('audit.db', 2)
  exportTiles(path('audit.db'), path('tiles'))
  const vkey = formatVerifierKey(privateKeySigner(readKeyFile(path('audit.db.key'))).key)
  writeFileSync(path('policy'), `log ${vkey}\nquorum none\n`)
})

describe('an export into the same directory again', () => {
  test('is verified with what the earlier one left, every byte of which still counts', async () => {
    await append('audit.db', 2)
    exportTiles(path('audit.db'), path('tiles'))
    expect(verify()).toMatchObject({ exitCode: 0, text: expect.stringMatching(/VERIFIED: 5 /) })
    const names = readdirSync(path('tiles'), { recursive: true, encoding: 'utf8' })
    const files = names.map((name) => join(path('tiles'), name)).filter((each) => isFile(each))
    expect(files.filter((each) => /\.p\/3$/.test(each))).toHaveLength(2)
    expect(files.filter((each) => each.endsWith('.new'))).toEqual([])
    for (const file of files) {
      const bytes = readFileSync(file)
      for (let at = 0; at < bytes.length; at += 7) {
        const flipped = bytes.map((byte, place) => (place === at ? byte ^ 1 : byte))
        writeFileSync(file, flipped)
        expect(verify().exitCode, `${file} ${at}`).not.toBe(0)
      }
      writeFileSync(file, bytes.subarray(0, -1))
      expect(verify().exitCode, `${file} without its end`).not.toBe(0)
      writeFileSync(file, bytes)
    }
    expect(verify().exitCode).toBe(0)
  })

  test('is refused where there is another log, or more of this one', async () => {
    const checkpoint = join(path('tiles'), 'checkpoint')
    const text = readFileSync(checkpoint, 'utf8')
    for (const other of [
      text.replace(ORIGIN, 'example.com/other'),
      text.replace('\n3\n', '\n9\n')
    ]) {
      writeFileSync(checkpoint, other)
      expect(() => exportTiles(path('audit.db'), path('tiles'))).toThrow(/name another directory/)
      expect(readFileSync(checkpoint, 'utf8')).toBe(other)
    }
  })
})

describe('contents', () => {
  const file = () => join(path('tiles'), 'contents/000.jsonl')
  const lines = () =>
    readFileSync(file(), 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { index: number; name: string; salt: string; body: string }
      )
  const write = (contents: readonly object[]) =>
    writeFileSync(file(), contents.map((each) => `${JSON.stringify(each)}\n`).join(''))

  test('that are left out are told', () => {
    write(lines().slice(1))
    expect(verify()).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('1 of 2 contents')
    })
  })

  test('that hide their first words in the salt, or come twice, are found', () => {
    const [first, second] = lines()
    const salt = Buffer.from(first?.salt ?? '', 'base64')
    const body = Buffer.from(first?.body ?? '', 'base64')
    const moved = {
      ...first,
      salt: Buffer.concat([salt, body.subarray(0, 4)]).toString('base64'),
      body: body.subarray(4).toString('base64')
    }
    for (const wrong of [[moved, second ?? {}], [first ?? {}, first ?? {}], [{ index: null }]]) {
      write(wrong)
      expect(verify()).toMatchObject({
        exitCode: 1,
        text: expect.stringMatching(/content mismatch/)
      })
    }
  })
})

describe('a policy', () => {
  const log = formatVerifierKey(privateKeySigner(newPrivateKey('example.com/other')).key)
  const witness = privateKeySigner(newPrivateKey('example.com/w'), COSIGNATURE_V1).key
  const line = formatVerifierKey(witness)

  test('of another log does not speak for this one', () => {
    writeFileSync(path('policy'), `log ${log}\nquorum none\n`)
    expect(verify()).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining(`no key that the policy has for ${ORIGIN} has signed`)
    })
  })

  test.each([
    [`log ${line}\nquorum none`, /type 1/],
    [`log ${log}\nwitness w ${log}\nquorum w`, /type 4/],
    [`log ${log}\nwitness v ${line}\nwitness w ${line}\nquorum w`, /both count/]
  ])('%j is refused', (policy, problem) => {
    expect(() => parseTrustPolicy(policy)).toThrow(problem)
  })
})

function isFile(each: string): boolean {
  return statSync(each).isFile()
}

test('contents that are longer than a string can be are looked at line by line', async () => {
  const file = join(path('tiles'), 'contents/000.jsonl')
  // Its end is a hole in the file.
  truncateSync(file, constants.MAX_STRING_LENGTH + 1)
  expect(verify()).toMatchObject({
    exitCode: 1,
    text: expect.stringMatching(/ends within a line/)
  })
})
