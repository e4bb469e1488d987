import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { takeClaim } from '../../src/node/keys/key-file-claim.ts'
import { addWrappingKey } from '../../src/subjects.ts'
import { temporaryRoot } from './spool/support.ts'

const PROGRAM = new URL('../programs/add-keys.ts', import.meta.url).pathname

function newKeyFile(): string {
  const root = temporaryRoot()
  mkdirSync(root, { recursive: true })
  const file = join(root, 'keys')
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  return file
}

const keysIn = (file: string) => readFileSync(file, 'utf8').trim().split('\n')
const beside = (file: string) =>
  readdirSync(dirname(file)).filter((name) => name !== basename(file))

/** How many keys a process has added once it ended; it is killed after so many. */
async function adding(file: string, times: number, killedAfter = times + 1): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, file, String(times)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let seen = ''
  child.stdout.on('data', (part) => {
    seen += part
    if (seen.split('\n').length > killedAfter) child.kill('SIGKILL')
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return output.split('\n').length - 1
}

test('of processes that add keys to one file at the same time, one of them killed, none loses any', async () => {
  const file = newKeyFile()
  const [first = ''] = keysIn(file)
  const each = [adding(file, 40), adding(file, 40), adding(file, 40), adding(file, 4_000, 20)]
  const [one, two, three, killed = 0] = await Promise.all(each)
  expect([one, two, three]).toEqual([40, 40, 40])
  expect(killed).toBeGreaterThanOrEqual(20)
  await addWrappingKey(file)
  const keys = keysIn(file)
  expect(new Set(keys).size).toBe(keys.length)
  // One may have been added whose process was killed before it could say so.
  expect([0, 1]).toContain(keys.length - (1 + 120 + killed + 1))
  expect(keys.at(-1)).toBe(first)
})

test('what a process that died has left is gone on with, and goes', async () => {
  const file = newKeyFile()
  const keys = readFileSync(file, 'utf8')
  const dead = takeClaim(file, keys)
  expect(dead.giveUp).toBeDefined()
  const owner = readFileSync(dead.path, 'utf8')
  writeFileSync(dead.path, owner.replace(/p\d+t/, `p${2 ** 22 - 1}t`))
  writeFileSync(`${file}.next`, 'half of a k')
  const living = takeClaim(file, keys)
  expect(living.path).toBe(dead.path.replace(/0$/, '1'))
  expect(takeClaim(file, keys)).toEqual({ path: living.path })
  living.giveUp?.()
  chmodSync(file, 0o640)
  await addWrappingKey(file)
  expect(keysIn(file)).toHaveLength(2)
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect(beside(file)).toEqual([])
})

test('a key waits while another thread adds its own', async () => {
  const file = newKeyFile()
  const other = takeClaim(file, readFileSync(file, 'utf8'))
  const added = addWrappingKey(file)
  await expect.poll(() => beside(file)).toEqual([basename(other.path)])
  expect(keysIn(file)).toHaveLength(1)
  other.giveUp?.()
  await added
  expect(keysIn(file)).toHaveLength(2)
})
