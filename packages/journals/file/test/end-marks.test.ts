import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeSealed, encodeSealed, pendingEvent } from '@slm-audit/core/journal'
import { endMark, newPrivateKey, nodeSha256, privateKeySigner } from '@slm-audit/core/node'
import { leafHash } from '@slm-audit/core/tlog'
import { openLogSource } from '@slm-audit/file'
import { describe, expect, test } from 'vitest'
import type { MarkHead } from '../src/journal/end-marks.ts'
import { LogFiles } from '../src/journal/log-files.ts'
import { chat, freshPath, openLog } from './support.ts'

const origin = 'example.com/log'
const markOf =
  (key: string): MarkHead =>
  (head) =>
    endMark(privateKeySigner(key), origin, head)
const markHead = markOf(newPrivateKey(origin))

function openFiles(directory: string): LogFiles {
  const limits = { durability: 'process', maxBytes: 1e6, maxAgeMs: 1e9, writer: 'aa' } as const
  return new LogFiles({ directory, origin, ...limits })
}

/** Two batches, of three records and of four, and how the end is seen after `change` of the lines. */
async function seenAfter(change: (lines: string[]) => readonly string[], mark = markHead) {
  const directory = freshPath()
  const log = openFiles(directory)
  log.markEnds(markHead)
  for (const count of [3, 4]) {
    await log.append(Array.from({ length: count }, (_, at) => pendingEvent('test', { at })))
  }
  log.close()
  const path = join(directory, readdirSync(directory).find((name) => /^records/.test(name)) ?? '')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join('')
  )
  rmSync(join(directory, 'tile'), { recursive: true, force: true })
  // A killed writer has not noted that its batch was stored.
  const end = join(directory, 'end')
  writeFileSync(end, readFileSync(end, 'utf8').trimEnd())
  const again = openFiles(directory)
  try {
    return { size: again.state.size, isMarked: again.isEndMarked(mark) }
  } finally {
    again.close()
  }
}

function forge(line: string): string {
  const sealed = decodeSealed(line)
  if (!sealed) throw new Error('no record')
  const header = sealed.header.replace(/"at":0/, '"at":9')
  const forged = { ...sealed, header, leafHash: leafHash(Buffer.from(header), nodeSha256) }
  return encodeSealed(forged, { writer: 'aa' })
}

describe('the mark of a batch', () => {
  test.each([
    ['the whole of it', (lines: string[]) => lines, 7, true],
    ['the part that a kill left', (lines: string[]) => lines.slice(0, 5), 5, true],
    ['nothing of it', (lines: string[]) => lines.slice(0, 3), 3, true],
    ['less than was there before it', (lines: string[]) => lines.slice(0, 2), 2, false],
    ['another record in it', (lines: string[]) => lines.with(3, forge(lines[3] ?? '')), 7, false],
    [
      'another record before it',
      (lines: string[]) => lines.with(0, forge(lines[0] ?? '')),
      7,
      false
    ]
  ])('covers %s, or not', async (_, change, size, isMarked) => {
    expect(await seenAfter(change)).toEqual({ size, isMarked })
  })

  test('is of one key', async () => {
    const other = markOf(newPrivateKey(origin))
    expect(await seenAfter((lines) => lines, other)).toEqual({ size: 7, isMarked: false })
  })
})

describe('a log that a killed process left unsigned', () => {
  const program = new URL('./programs/calls.ts', import.meta.url).pathname

  test.each([
    ['is signed, and nothing is said', () => undefined, []],
    [
      'is told of where its mark is not there',
      (directory: string) => rmSync(join(directory, 'end')),
      ['history_rewritten']
    ]
  ])('%s', async (_, change, codes) => {
    const directory = freshPath()
    const run = () => execFileSync(process.execPath, [program, directory, '3', 'flush'])
    expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL' }))
    change(directory)
    const { log, problems } = await openLog({ directory })
    await log.record(chat, async () => 'later')
    await log.close()
    expect(problems.map(({ code }) => code)).toEqual(codes)
    const report = await (await openLogSource(directory)).verify()
    expect(report).toMatchObject({ unsigned: 0, strays: 0 })
    expect(report.signedLate).toHaveLength(codes.length)
  })
})
