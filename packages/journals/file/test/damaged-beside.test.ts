import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { type FileJournalOptions, openFileReader, openLogSource } from '@slm-audit/file'
import { beforeAll, describe, expect, test } from 'vitest'
import { chat, collect, freshPath, openLog } from './support.ts'

async function record(
  directory: string,
  calls: number,
  options: Partial<FileJournalOptions> = {}
): Promise<string[]> {
  const { log, problems } = await openLog({ ...options, directory })
  for (let at = 0; at < calls; at++) {
    await log.record({ ...chat, input: `${at}` }, async () => at)
    if (options.rotate) await log.flush()
  }
  await log.close()
  return problems.map(({ message }) => message)
}

const ROTATING: Partial<FileJournalOptions> = { compression: 'zstd', rotate: { bytes: 6_000 } }

test.each<[what: string, damage: (directory: string) => void, isFound: boolean]>([
  [
    'a checkpoint beyond the end',
    (directory) => {
      const path = join(directory, 'checkpoints.jsonl')
      const { note } = JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '')
      appendFileSync(path, `${JSON.stringify({ size: 99_999, note })}\n`)
    },
    true
  ],
  [
    'a checkpoint that is none',
    (directory) =>
      appendFileSync(join(directory, 'checkpoints.jsonl'), '{"size":99999,"note":"x"}\n'),
    true
  ],
  [
    'a lock that is none',
    (directory) => writeFileSync(join(directory, 'lock'), 'x'.repeat(99)),
    false
  ]
])('with %s beside the records, logging goes on', async (_, damage, isFound) => {
  const directory = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'log')
  await record(directory, 3)
  damage(directory)
  await record(directory, 2)
  const report = await (await openLogSource(directory)).verify()
  expect(report.size).toBe(11)
  expect(report.flaw !== undefined).toBe(isFound)
})

describe('a manifest of compressed files', () => {
  const made = freshPath()
  beforeAll(() => record(made, 12, ROTATING))

  const MANIFEST = 'manifest.jsonl'
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  const last = (lines: readonly string[], change: (line: string) => string) =>
    text(lines.with(-1, change(lines.at(-1) ?? '')))
  const nowhere =
    '{"file":"records-000000009999.jsonl","first":9999,"end":99999,"bytes":1,"sha256":"x","root":"y","open":[]}'

  test.each<
    [what: string, damage: (lines: string[]) => string | undefined, found: RegExp, isMended?: true]
  >([
    [
      'whose newest line is junk',
      (lines) => last(lines, () => 'what is this?'),
      /changed.*line \d/
    ],
    ['that has a line of junk in it', (lines) => text(lines.with(1, '[]')), /changed.*line 2/],
    ['that has junk behind it', (lines) => text([...lines, '{}']), /changed.*line \d/],
    ['that names a file that was never there', (lines) => text([...lines, nowhere]), /missing/],
    [
      'whose newest line lost its beginning',
      (lines) => last(lines, (line) => line.slice(9)),
      /line/
    ],
    [
      'whose newest line is cut short',
      (lines) => text(lines).slice(0, -9),
      /missing.*records-/,
      true
    ],
    [
      'that has the beginning of a line behind it',
      (lines) => `${text(lines)}{"file":"rec`,
      /missing.*is cut/,
      true
    ],
    [
      'that ends in zeros',
      (lines) => `${text(lines.slice(0, -1))}${'\0'.repeat(99)}`,
      /missing/,
      true
    ],
    ['whose newest line is gone', (lines) => text(lines.slice(0, -1)), /missing.*records-/, true],
    [
      'that gives its newest file another end',
      (lines) => last(lines, (line) => line.replace(/"end":(\d+)/, '"end":$1$1')),
      /changed.*another root/
    ],
    [
      'that ends its newest file earlier',
      (lines) => last(lines, (line) => line.replace(/"end":(\d+)/, (_, end) => `"end":${end - 1}`)),
      /changed.*another root/
    ],
    ['that has a line twice', (lines) => text(lines.flatMap((line) => [line, line])), /changed/],
    [
      'that repeats an old line at its end',
      (lines) => text([...lines, ...lines.slice(1, 2)]),
      /changed.*out of order/
    ],
    [
      'whose lines are out of order',
      ([head = '', ...lines]) => text([head, ...lines.reverse()]),
      /missing.*no file for record 0/
    ],
    ['that begins with a zero', (lines) => `\0${text(lines).slice(1)}`, /changed.*line 1/],
    ['of zeros', () => `${'\0'.repeat(99)}\n`, /changed.*line 1/],
    ['that is empty', () => '', /missing/, true],
    ['that is gone', () => undefined, /missing/, true],
    ['of other lines', (lines) => text(lines.map(() => '[]')), /changed.*line 1/]
  ])('%s stops nobody, and is found', async (_, damage, found, isMended) => {
    const directory = freshPath()
    cpSync(made, directory, { recursive: true })
    cpSync(`${made}.key`, `${directory}.key`)
    const path = join(directory, MANIFEST)
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(lines.length).toBeGreaterThan(3)
    const damaged = damage(lines)
    if (damaged === undefined) rmSync(path)
    else writeFileSync(path, damaged)

    const asked = async () => {
      const source = await openLogSource(directory)
      const records = (await collect(source.records())).map(parseRecord)
      const calls = records.filter(({ kind, stage }) => kind === 'call' && stage === 'received')
      const { flaw } = await source.verify()
      return { calls: calls.length, flaw: flaw && `${flaw.kind}: ${flaw.detail}` }
    }
    expect(await asked()).toEqual({ calls: 12, flaw: expect.stringMatching(found) })
    const told = expect.stringMatching(/logging goes on.*slm-audit verify/)
    const problems = await record(directory, 3, ROTATING)
    expect(problems).toEqual([told])
    const flaw = isMended ? undefined : expect.stringMatching(found)
    expect(await asked()).toEqual({ calls: 15, flaw })
    if (isMended) expect(await record(directory, 1, ROTATING)).toEqual([])
  })

  test.each<[what: string, damage: (path: string) => void, told: RegExp, found: RegExp]>([
    ['is gone', (path) => rmSync(path), /\.zst is not there/, /missing/],
    ['is cut', (path) => truncateSync(path, 99), /\.zst has 99 bytes, not \d+/, /changed/],
    [
      'is a folder now',
      (path) => {
        rmSync(path)
        mkdirSync(path)
      },
      /\.zst is not a file/,
      /changed|missing/
    ]
  ])(
    'whose oldest file %s is told of at the next opening, and logging goes on',
    async (_, damage, told, found) => {
      const directory = freshPath()
      cpSync(made, directory, { recursive: true })
      cpSync(`${made}.key`, `${directory}.key`)
      const [oldest = '', next = ''] = readdirSync(directory).filter((name) =>
        name.endsWith('.zst')
      )
      damage(join(directory, oldest))
      expect(await record(directory, 2, ROTATING)).toEqual([expect.stringMatching(told)])
      const source = await openLogSource(directory)
      expect((await source.verify()).flaw?.kind).toMatch(found)
      damage(join(directory, next))
      const both = expect.stringMatching(/files: 2 of \d+, the first: .*logging goes on/)
      expect(await record(directory, 1, ROTATING)).toEqual([both])
    }
  )

  test('is not taken for a new one where the records are lost as well', async () => {
    const directory = freshPath()
    cpSync(made, directory, { recursive: true })
    cpSync(`${made}.key`, `${directory}.key`)
    writeFileSync(join(directory, MANIFEST), '')
    rmSync(join(directory, 'records-000000000000.jsonl.zst'))
    await expect(record(directory, 1)).rejects.toMatchObject({ code: 'journal_damaged' })
    await expect(openLogSource(directory)).rejects.toThrow(/restore a backup/)
  })
})

describe('a file that only looks like one of the log', () => {
  const made = freshPath()
  const FIRST = 'records-000000000000.jsonl'
  beforeAll(() => record(made, 2))

  const link = (to: string) => (directory: string) => {
    rmSync(join(directory, FIRST))
    symlinkSync(to, join(directory, FIRST))
  }
  const named = (name: string) => (directory: string) => {
    appendFileSync(join(directory, FIRST), '{"end":5}\n')
    writeFileSync(join(directory, name), '')
  }
  const added = (file: string, line: string) => (directory: string) =>
    appendFileSync(join(directory, file), `${line}\n`)
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)

  test.each<[what: string, damage: (directory: string) => void, found: RegExp]>([
    ['a link that leads nowhere', link('nowhere'), /^truncated tail/],
    ['a link to itself', link(FIRST), /^journal_damaged/],
    ['a name without its zeros', named('records-99.jsonl'), /^none/],
    ['a name of a number that is too large', named(`records-${'9'.repeat(30)}.jsonl`), /^none/],
    ['a deep size', added('checkpoints.jsonl', `{"size":${deep}}`), /^bad signature/],
    [
      'a deep signature',
      added('checkpoints.jsonl', `{"size":5,"note":"x","cosignature":${deep}}`),
      /^bad signature/
    ],
    [
      'a deep call in the manifest',
      added(
        'manifest.jsonl',
        `{"file":"${FIRST}","first":0,"end":5,"bytes":1,"sha256":"x","root":"y","open":[{"auditId":"a","index":0,"kind":"call","writer":"w","x":${deep}}]}`
      ),
      /^journal_damaged/
    ]
  ])('is told as what it is, and ends: %s', async (_, damage, found) => {
    const directory = freshPath()
    cpSync(made, directory, { recursive: true })
    damage(directory)
    const asked = async () => {
      const source = await openLogSource(directory)
      const { flaw } = await source.verify()
      await collect(source.records())
      await (await openFileReader(directory)).query()
      return flaw?.kind ?? 'none'
    }
    expect(await asked().catch(({ code }) => code)).toMatch(found)
  })

  test.skipIf(process.platform === 'win32')('a device is not read for ever', async () => {
    const directory = freshPath()
    await record(directory, 6, { rotate: { bytes: 6_000 } })
    link('/dev/urandom')(directory)
    const source = await openLogSource(directory)
    expect((await source.verify()).flaw?.kind).toBe('changed')
    await expect(collect(source.records())).rejects.toMatchObject({ code: 'journal_damaged' })
  })
})
