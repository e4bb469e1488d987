import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

const run = promisify(execFile)

test('an answer that the application drops ends its call, with what came of it; one that it holds does not', async () => {
  const program = new URL('../programs/dropped.ts', import.meta.url).pathname
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', program])
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'never read, abandoned, unread, ',
    'never iterated, abandoned, unread, ',
    'iterated in part, abandoned, unread, one',
    'held by its reader, complete, , first last',
    'held by its text, complete, , first last',
    'held by its iterator, complete, , onetwo'
  ])
})

test('a refused answer that a client drops does not end a call that is tried again', async () => {
  const program = new URL('../programs/dropped-attempts.ts', import.meta.url).pathname
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', program])
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'tried again, complete, , 429 200',
    'given up, abandoned, unread, 429'
  ])
})

test('no listener of a call that is over stays on a signal that lives on', async () => {
  const program = new URL('../programs/dropped-signals.ts', import.meta.url).pathname
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', program])
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'held 50 50',
    'collected 0',
    'given up 50',
    'collected 0',
    'held 50',
    'closed 50 0'
  ])
})

test('a stream that is open at the end is kept as far as it came', async () => {
  const { log, journal } = newLog()
  async function* words() {
    yield 'one '
    yield 'two '
    yield 'three'
  }
  const stream = log.record(chat, words)
  await stream.next()
  await stream.next()
  await log.close()
  expect(callsOf(journal.records)).toMatchObject([
    { stage: 'abandoned', record: { outcome: { by: 'exit' } }, contents: { output: 'one two ' } }
  ])
})
