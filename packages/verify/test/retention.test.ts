import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { run } from '../src/run.ts'
import { writeRetainedLog } from './retained-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-retained-'))
const path = (name: string) => join(folder, name)
const verify = () => run(['tiles', path('tiles'), '--policy', path('policy')])

beforeAll(() => writeRetainedLog(folder))

test('a log of which retention took whole tiles is verified by those that are left', () => {
  const { exitCode, text } = verify()
  expect(text).toMatch(/VERIFIED: 6\d\d records of example\.com\/log\n {2}512 records of retention/)
  expect(exitCode).toBe(0)
})

test.each(['u-1', 'u-290'])('a proof of %s that was given before is valid still', (user) => {
  const proof = path(`${user}.tlog-proof`)
  const { exitCode, text } = run([
    ...['proof', proof, '--record', path(`${user}.json`)],
    ...['--policy', path('policy')]
  ])
  expect(text).toMatch(/VERIFIED|valid/i)
  expect(exitCode).toBe(0)
})

test('entries that somebody took away are told from those of retention', () => {
  rmSync(join(path('whole'), 'tile/entries/001'))
  const { exitCode, text } = run(['tiles', path('whole'), '--policy', path('policy')])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/256.*no record of retention says that it went/s)
})

test('a range that is longer than the log keeps nobody waiting', () => {
  const hostile = path('hostile')
  cpSync(path('tiles'), hostile, { recursive: true })
  const entries = join(hostile, 'tile/entries')
  const names = readdirSync(entries, { recursive: true, encoding: 'utf8' })
  const bundle = join(entries, names.find((name) => /\.p.\d/.test(name)) ?? '')
  const longer = '"ranges":[[-9007199254740991,9007199254740991]]'
  const changed = rewritten(readFileSync(bundle), /"ranges":\[\[0,\d+\]\]/, longer)
  writeFileSync(bundle, changed)
  const { exitCode, text } = run(['tiles', hostile, '--policy', path('policy')])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/record 512: changed/)
})

/** A bundle of entries with another text in the place of one. */
function rewritten(bundle: Buffer, text: RegExp, other: string): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bundle.length; ) {
    const end = at + 2 + bundle.readUInt16BE(at)
    const entry = bundle.toString('utf8', at + 2, end)
    const changed = Buffer.from(entry.replace(text, other))
    const length = Buffer.alloc(2)
    length.writeUInt16BE(changed.length)
    parts.push(length, changed)
    at = end
  }
  return Buffer.concat(parts)
}
