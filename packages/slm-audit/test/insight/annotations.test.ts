import { mkdtempSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkIndex, eraseContents } from '@slm-audit/sqlite'
import { type AuditLog, createAuditLog, openReader } from 'slm-audit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cli } from '../run.ts'

let file = ''
let log: AuditLog

beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), 'slm-audit-annotations-')), 'audit.db')
  log = await createAuditLog({ file, service: 'bot' })
  for (const user of ['ann', 'bob', 'cleo']) {
    await log.withContext({ user, session: `of ${user}` }, () =>
      log.record(
        { operation: 'chat', provider: 'test', model: 'm', input: `${user} asks` },
        async () => 'Soon.'
      )
    )
  }
  await log.flush()
})

afterEach(() => log.close())

const found = async (...filter: string[]) => {
  const { out } = await cli('list', ...filter, '--file', file, '--jsonl')
  return out === '' ? [] : out.split('\n').map((line) => JSON.parse(line).user)
}

test('what an application says of a call is found with it, and shown', async () => {
  await using reader = await openReader(file)
  const [bob] = (await reader.query('user:bob')).items
  log.annotate(bob ?? '', { score: { helpful: 0.4 }, incident: 'INC-7', note: 'a wrong price' })
  await log.flush()
  expect(await found('incident:INC-7')).toEqual(['bob'])
  expect(await found('score.helpful:<0.5')).toEqual(['bob'])
  expect(await found('score.helpful:>0.5')).toEqual([])
  expect(await found('annotation:note wrong price')).toEqual(['bob'])
  expect(await found('-annotation:*')).toEqual(['cleo', 'ann'])
  const shown = await cli('show', bob?.auditId ?? '', '--file', file)
  expect(shown.out).toMatch(/note +score helpful 0\.4 · incident INC-7 · note a wrong price/)
  expect(
    JSON.parse((await cli('show', bob?.auditId ?? '', '--file', file, '--json')).out)
  ).toMatchObject({
    annotations: [{ kinds: ['score', 'incident', 'note'], says: { note: 'a wrong price' } }]
  })
  expect((await cli('session', 'of bob', '--file', file)).out).toMatch(/incident INC-7/)
  log.annotate(bob ?? '', { note: 'write to ada@example.com' })
  await log.flush()
  const masked = await cli('show', bob?.auditId ?? '', '--view', 'masked', '--file', file)
  expect(masked.out).toMatch(/write to \*/)
  const hidden = await cli('show', bob?.auditId ?? '', '--view', 'none', '--file', file)
  expect(hidden.out).not.toMatch(/write to|wrong price/)
})

test('a command annotates while the application writes, and the log verifies', async () => {
  const args = [
    '--review',
    'rejected',
    '--score',
    'helpful=0.2',
    '--score',
    'polite=1',
    '--by',
    'Ann'
  ]
  const done = await cli('annotate', 'last', '-2', ...args, '--note', 'too slow', '--file', file)
  expect(done).toMatchObject({ code: 0, error: '' })
  expect(done.out).toBe('✓ 2 calls: review rejected · score helpful 0.2, polite 1 · note too slow')
  await log.record(
    { operation: 'chat', provider: 'test', model: 'm', input: 'go on' },
    async () => 1
  )
  await log.flush()
  expect(await found('review:rejected score.polite:1')).toEqual(['cleo', 'bob'])
  expect((await cli('list', 'kind:annotation', '--file', file)).out).toMatch(/review rejected/)
  // The record is the user's: whoever asks for all of a user's records gets it.
  expect(await found('kind:annotation', 'user:bob')).toEqual(['bob'])
  expect((await cli('session', 'of bob', '--file', file)).out).toMatch(/note \d+ +review rejected/)
  await log.close()
  expect((await cli('verify', '--file', file)).code).toBe(0)
  expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
})

test('what was said is erased with the call, and not found any more', async () => {
  await cli('annotate', '-2', '--note', 'bob shouted', '--feedback', 'down', '--file', file)
  expect(await found('shouted')).toEqual(['bob'])
  await cli('erase', '--user', 'bob', '--reason', 'asked for', '--file', file)
  expect(await found('shouted')).toEqual([])
  expect(await found('annotation:note')).toEqual(['bob'])
  const { out } = await cli('show', '-2', '--file', file)
  expect(out).toMatch(/feedback down/)
  expect(out).not.toMatch(/shouted/)
})

test.each([
  [['last'], /annotate says something of a call: give --feedback/],
  [['nobody', '--note', 'x'], /there is no call nobody/],
  [['last', '--score', 'helpful'], /name and a number/],
  [['last', '--feedback', ''], /--feedback is empty; say something/],
  [['last', '--feedback', 'up', '--note', ''], /--note is empty/]
])('%j is refused, and says what to give', async (args, message) => {
  const { code, error } = await cli('annotate', ...args, '--file', file)
  expect([code, error]).toEqual([2, expect.stringMatching(message)])
})

test('a user without a name, as containers have, acts by number', async () => {
  const { userInfo } = os
  const nameless = () => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT')
  }
  Object.assign(os, { userInfo: nameless })
  syncBuiltinESMExports()
  try {
    const scope = ['--user', 'bob', '--reason', 'x']
    for (const command of [
      ['annotate', 'last', '--note', 'seen'],
      ['erase', ...scope],
      ['redact', '--rule', 'email'],
      ['hold', 'add', '--incident', 'INC-7', ...scope],
      ['hold', 'release', 'INC-7', '--reason', 'x']
    ]) {
      const { code, error } = await cli(...command, '--file', file)
      expect(code, error).toBe(0)
    }
    await eraseContents(file, { scope: { user: 'ann' }, reason: 'x' })
  } finally {
    Object.assign(os, { userInfo })
    syncBuiltinESMExports()
  }
  const shown = await cli('show', 'last', '--file', file, '--json')
  expect(JSON.parse(shown.out).annotations[0].says.by).toMatch(/^uid \d+$/)
})
