import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newWrappingKey } from '@slm-audit/core/node'
import type { ContentsEncryption } from '@slm-audit/core/subjects'
import { openPostgresReader } from '@slm-audit/postgres'
import { collectingLog } from '@slm-audit/testing'
import { expect } from 'vitest'
import { type freshPlace, openJournal } from './support.ts'

type Place = ReturnType<typeof freshPlace>

/** A file of wrapping keys. */
export function newKeys() {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-keys-')), 'contents.keys')
  writeFileSync(file, `${newWrappingKey()}\n`)
  return { file }
}

/** The same place by an address at which nobody was told of keys. */
let strangers = 0
export const strange = (place: Place) => ({
  ...place,
  url: `${place.url}?application_name=stranger_${++strangers}`
})

/** Records a turn of each of some users, whose parts the next turns share. */
export async function say(
  place: Place,
  contents: ContentsEncryption,
  users: readonly string[],
  folder = place.folder
) {
  const { log, journal, problems } = collectingLog(
    await openJournal({ ...place, folder }, { encryption: { contents } })
  )
  for (const user of users) {
    const input = { messages: [{ role: 'user', content: `words of ${user}` }] }
    await log.withContext({ user }, () =>
      log.record({ operation: 'chat', provider: 'test', input }, async () => 'aye')
    )
  }
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
}

/** What whoever has the keys finds of a log. */
export async function stateOf(place: Place, keys: { readonly file: string }) {
  const from = { ...strange(place), encryption: { contents: { keys } } }
  await using reader = await openPostgresReader(from)
  const { flaw, unexplained, encryptedContents } = await reader.verify()
  const { items } = await reader.query({})
  const shown = items.filter(({ question }) => question?.startsWith('words of')).length
  return { flaw: flaw?.kind, unexplained, encryptedContents, shown }
}

/** Of a log that nothing is wrong with, and all of whose contents were opened. */
export const SOUND = { flaw: undefined, unexplained: 0, encryptedContents: 0 }
