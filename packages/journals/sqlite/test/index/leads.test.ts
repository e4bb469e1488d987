import { readFileSync } from 'node:fs'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { defaultKeyFile, eraseContents, openReader, reindex } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

const TOLD = 'Answer as the lighthouse keeper of Zanzibar, and nobody else.'

async function written(users: readonly string[], told = (_: string) => TOLD): Promise<string> {
  const file = freshFile()
  const { log } = await openLog({ file })
  for (const user of users) {
    const input = [
      { role: 'system', content: told(user) },
      { role: 'user', content: 'When does it open?' }
    ]
    await log.withContext({ user }, () => log.record({ ...chat, input }, async () => 'At nine.'))
  }
  await log.close()
  await reindex(file)
  return file
}

function leadsIn(file: string): unknown[] {
  const index = openDatabase(`${file}-index`, { readonly: true })
  try {
    return index.prepare('SELECT text FROM leads').pluck().all()
  } finally {
    index.close()
  }
}

async function snippets(file: string, word: string) {
  await using reader = await openReader(file)
  const { items } = await reader.search(word)
  return items.map(({ user, snippet }) => [user, snippet])
}

test('instructions that several calls have stand in the index once, and a search shows where its word stands in them', async () => {
  const file = await written(['a', 'b', 'c'])
  expect(leadsIn(file)).toEqual([TOLD])
  const marked = TOLD.replace('Zanzibar', '[Zanzibar]')
  const shown = (await snippets(file, 'zanzibar')).map(([user, snippet]) => [
    user,
    String(snippet).startsWith(marked)
  ])
  expect(shown).toEqual([
    ['c', true],
    ['b', true],
    ['a', true]
  ])
  expect(await snippets(file, 'lighthouse open')).toHaveLength(3)
  expect(await snippets(file, '"open zanzibar"')).toEqual([])
})

test('instructions that are of one call each make the index no larger', async () => {
  const file = await written(['a', 'b', 'c'], (user) => `${TOLD} You talk to ${user}.`)
  expect(leadsIn(file)).toEqual([])
  expect(await snippets(file, 'zanzibar')).toHaveLength(3)
})

test('instructions go from the index with the contents of a call, and others with the same are found as before', async () => {
  const file = await written(['a', 'b', 'c'])
  await erase(file, 'b')
  const zanzibar = [['c'], ['a']].map(([user]) => [user, expect.stringContaining('[Zanzibar]')])
  expect(await snippets(file, 'zanzibar')).toEqual(zanzibar)
  await erase(file, 'a')
  await erase(file, 'c')
  expect(leadsIn(file)).toEqual([])
  expect(await snippets(file, 'zanzibar')).toEqual([])
  for (const path of [file, `${file}-index`])
    expect(readFileSync(path).includes('Zanz')).toBe(false)
})

test('a lead that is no text is done without', async () => {
  const file = await written(['a', 'b'])
  const index = openDatabase(`${file}-index`)
  index.exec(`UPDATE leads SET text = x'00ff'`)
  index.close()
  expect(await snippets(file, 'zanzibar')).toHaveLength(2)
})

async function erase(file: string, user: string): Promise<void> {
  const keyFile = defaultKeyFile(file)
  const signer = privateKeySigner(readKeyFile(keyFile))
  await eraseContents(file, {
    scope: { user },
    reason: 'asked for',
    by: 'officer',
    signer,
    keyFile
  })
}
