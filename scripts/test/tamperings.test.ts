import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BaseLogs, makeBaseLogs, type Outside } from '../tamperings/base-log.ts'
import { databaseTamperings } from '../tamperings/in-database.ts'
import { fileTamperings } from '../tamperings/in-files.ts'
import type { Tampering } from '../tamperings/tampering.ts'
import { type Verdict, verifyCopy } from '../tamperings/verify-copy.ts'

let logs: BaseLogs

beforeAll(async () => {
  logs = await makeBaseLogs()
})

afterAll(() => rmSync(logs.folder, { recursive: true, force: true }))

describe('slm-audit verify', () => {
  test('finds nothing wrong with the logs as they are', async () => {
    for (const log of [logs.database.file, logs.files.directory]) {
      const outside = log === logs.database.file ? logs.database : logs.files
      for (const verdict of (await verifyCopy(log, outside, { run: () => undefined })).values()) {
        expect(verdict).toMatchObject({ exitCode: 0, report: { strays: 0, unsigned: 0 } })
      }
    }
  })

  test('names the record and the kind of each tampering with a database', async () => {
    const { database } = logs
    await check(database.file, database, databaseTamperings(database))
  })

  test('names the record and the kind of each tampering with files', async () => {
    const { files } = logs
    await check(files.directory, files, fileTamperings(files))
  })
})

/** All at once, so that one run shows all that are not found. */
async function check(
  log: string,
  outside: Outside,
  tamperings: readonly Tampering<string>[]
): Promise<void> {
  const said: string[] = []
  const expected: string[] = []
  for (const tampering of tamperings) {
    const { name, found, shownBy = [] } = tampering
    const verdicts = await verifyCopy(log, outside, tampering, ['full', ...shownBy])
    const isAnyIndex = found !== undefined && 'index' in found && found.index < 0
    said.push(`${name}: ${inWords(verdicts.get('full'), isAnyIndex)}`)
    expected.push(`${name}: ${wordsFor(tampering)}`)
    for (const mode of shownBy) {
      said.push(`${name}: ${mode} ${verdicts.get(mode)?.exitCode}`)
      expected.push(`${name}: ${mode} 1`)
    }
  }
  expect(said).toEqual(expected)
}

function wordsFor({ found }: Tampering<string>): string {
  if (!found) return '0 right'
  if ('counted' in found) return `0 ${found.counted}`
  return `1 ${found.kind}${found.index < 0 ? '' : ` at ${found.index}`}`
}

function inWords(verdict: Verdict | undefined, isAnyIndex: boolean): string {
  if (!verdict?.report) return `${verdict?.exitCode} ${verdict?.said}`
  const { exitCode, report } = verdict
  const { flaw, strays, unsigned, absentContents } = report
  if (flaw) return `${exitCode} ${flaw.kind}${isAnyIndex ? '' : ` at ${flaw.index}`}`
  const counts = { strays, unsigned, absentContents }
  const counted = Object.entries(counts).find(([, count]) => count > 0)?.[0]
  return `${exitCode} ${counted ?? 'right'}`
}
