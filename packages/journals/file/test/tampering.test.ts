import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { openLogSource } from '@slm-audit/file'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshPath, makeCalls, openLog } from './support.ts'

const made = freshPath()
let openFile = ''
let closedFile = ''
let secondFile = ''

beforeAll(async () => {
  const { log } = await openLog({ directory: made, rotate: { bytes: 12_000 } })
  for (let round = 0; round < 4; round++) {
    await makeCalls(log, 5)
    await log.flush()
  }
  await makeCalls(log, 1)
  await log.close()
  const names = readdirSync(made).filter((name) => name.startsWith('records-'))
  ;[closedFile = '', secondFile = ''] = names.sort()
  openFile = names.findLast((name) => readFileSync(join(made, name)).length > 0) ?? ''
  expect(names.length).toBeGreaterThan(2)
})

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1)
const indexOf = (line = '') => Number(/"index":(\d+)/.exec(line)?.[1])

/** Rewrites the lines of a file of a copy. */
function rewrite(
  directory: string,
  name: string,
  change: (lines: string[]) => readonly (string | undefined)[]
): void {
  const path = join(directory, name)
  writeFileSync(
    path,
    change(linesOf(path))
      .map((line) => `${line}\n`)
      .join('')
  )
}

/** A line of the manifest, whose file was listed before anything behind a size was signed. */
function signedBy(size: number, line: string): string {
  const { checkpoint, ...entry } = JSON.parse(line)
  return checkpoint > size ? JSON.stringify(entry) : line
}

const second = (change: (line: string) => string) => (lines: string[]) =>
  lines.map((line, at) => (at === 1 ? change(line) : line))

/** The only tile of a log of fewer than 256 records. */
function tileIn(directory: string): string {
  const parts = join(directory, 'tile/0/000.p')
  const [name = '', ...others] = readdirSync(parts)
  expect(others).toEqual([])
  return join(parts, name)
}

describe('verification of a directory names the first thing that was changed', () => {
  const inOpenFile = () => indexOf(linesOf(join(made, openFile))[1])

  test.each<[string, (directory: string) => void, () => number, string]>([
    [
      'a header in the open file',
      (at) =>
        rewrite(
          at,
          openFile,
          second((line) => line.replace('"kind":"call"', '"kind":"cell"'))
        ),
      inOpenFile,
      'changed'
    ],
    [
      'a salt in the open file',
      (at) =>
        rewrite(
          at,
          openFile,
          second((line) =>
            line.replace(/"salt":"(.)/, (_, digit) => `"salt":"${digit === '/' ? '+' : '/'}`)
          )
        ),
      inOpenFile,
      'content mismatch'
    ],
    [
      'a line in the open file that is gone',
      (at) => rewrite(at, openFile, (lines) => lines.filter((_, place) => place !== 1)),
      inOpenFile,
      'missing'
    ],
    [
      'the last lines of the log that are gone',
      (at) => rewrite(at, openFile, (lines) => lines.slice(0, 1)),
      inOpenFile,
      'truncated tail'
    ],
    [
      'a byte in a closed file',
      (at) =>
        rewrite(
          at,
          closedFile,
          second((line) => line.replace('chat', 'chap'))
        ),
      () => 0,
      'changed'
    ],
    ['a closed file that is gone', (at) => rmSync(join(at, closedFile)), () => 0, 'missing'],
    [
      'a file that the manifest leaves out',
      (at) => rewrite(at, 'manifest.jsonl', (lines) => lines.filter((_, place) => place !== 1)),
      () => indexOf(linesOf(join(made, secondFile))[0]),
      'missing'
    ],
    [
      'a root in the manifest',
      (at) =>
        rewrite(
          at,
          'manifest.jsonl',
          second((line) => line.replace(/"root":"..../, '"root":"AAAA'))
        ),
      () => 0,
      'changed'
    ],
    [
      'the last line of the manifest, which is cut',
      (at) => {
        const path = join(at, 'manifest.jsonl')
        truncateSync(path, readFileSync(path).length - 9)
      },
      () => indexOf(linesOf(join(made, secondFile))[0]),
      'missing'
    ],
    [
      'a line that was not finished behind the manifest',
      (at) => appendFileSync(join(at, 'manifest.jsonl'), '{"file":"rec'),
      () => indexOf(linesOf(join(made, openFile))[0]),
      'missing'
    ],
    ['a tile that is gone', (at) => rmSync(tileIn(at)), () => 0, 'missing'],
    ['a tile that is cut', (at) => truncateSync(tileIn(at), 10 * 32 + 5), () => 10, 'missing'],
    [
      'a tile that is a folder',
      (at) => {
        const tile = tileIn(at)
        rmSync(tile)
        mkdirSync(tile)
      },
      () => 0,
      'changed'
    ],
    [
      'a hash of the open file in a tile',
      (at) => {
        const tile = tileIn(at)
        const hashes = readFileSync(tile)
        writeFileSync(tile, hashes.fill(1, inOpenFile() * 32, inOpenFile() * 32 + 32))
      },
      inOpenFile,
      'changed'
    ],
    [
      'a signature',
      (at) =>
        rewrite(at, 'checkpoints.jsonl', (lines) =>
          lines.map((line) => line.replace(/(— \S+ ......).../, '$1AAA'))
        ),
      () => 0,
      'bad signature'
    ]
  ])('%s', async (_, tamper, index, kind) => {
    const directory = freshPath()
    cpSync(made, directory, { recursive: true })
    tamper(directory)
    const { flaw } = await (await openLogSource(directory)).verify()
    expect(flaw).toMatchObject({ kind })
    expect(flaw?.index).toBe(index())
  })

  test('a file that is gone before a checkpoint or a tile tells of its records', async () => {
    const kept = freshPath()
    cpSync(made, kept, { recursive: true })
    // A killed writer stores no tiles.
    rmSync(tileIn(kept))
    const size = indexOf(linesOf(join(kept, openFile))[0])
    const cut = (name: string, lines: (all: string[]) => string[]) => rewrite(kept, name, lines)
    cut('checkpoints.jsonl', (all) => all.filter((line) => JSON.parse(line).size <= size))
    // A file may be listed only once what stands behind it is signed; then the manifest would tell.
    cut('manifest.jsonl', (all) => all.map((line) => signedBy(size, line)))
    rmSync(join(kept, 'checkpoint'))
    for (const name of readdirSync(kept)) {
      if (name.startsWith('records-') && name >= openFile) rmSync(join(kept, name))
    }
    const report = await (await openLogSource(kept)).verify()
    expect(report.flaw).toMatchObject({ kind: 'truncated tail', index: size })
  })

  test('an untouched copy is right', async () => {
    const report = await (await openLogSource(made)).verify()
    expect(report.flaw).toBeUndefined()
    expect(report.checked).toBe(report.size)
  })
})
