import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ageKeys } from '@slm-audit/file'
import { type ContentsEncryption, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'

const WORDS = 'quetzalcoatl asked'

async function talk(file: string, contents: ContentsEncryption): Promise<void> {
  const { log, problems } = collectingLog(await sqliteJournal({ file, encryption: { contents } }))
  const input = [{ role: 'user', content: WORDS }]
  await log.withContext({ user: 'u-7' }, () =>
    log.record({ operation: 'chat', provider: 'test', input }, async () => 'aye')
  )
  await log.close()
  expect(problems).toEqual([])
}

test('age recipients are written to by who cannot read back; who has an identity reads and verifies', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
  const [file, copy, other] = ['audit.db', 'copy.db', 'other.db'].map((name) => join(folder, name))
  if (!file || !copy || !other) throw new Error('there are three files')
  const identity = await generateX25519Identity()
  const keys = ageKeys({ recipients: [await identityToRecipient(identity)] })
  await talk(file, { keys })
  await talk(file, { keys })
  for (const path of [copy, other]) copyFileSync(file, path)

  await using writer = await openReader(file)
  const { items } = await writer.query({})
  expect(items).toHaveLength(2)
  const [{ auditId = '' } = {}] = items
  const call = await writer.get(auditId)
  expect(call?.encrypted?.map(({ name }) => name)).toEqual(['input', 'output'])
  expect(await writer.verify()).toMatchObject({ encryptedContents: 4, unexplained: 0 })

  const reading = { keys: ageKeys({ identities: [identity] }) }
  await using reader = await openReader(copy, { encryption: { contents: reading } })
  expect(JSON.stringify((await reader.get(auditId))?.contents)).toContain(WORDS)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report.encryptedContents).toBe(0)

  const strange = { keys: ageKeys({ identities: [await generateX25519Identity()] }) }
  await using stranger = await openReader(other, { encryption: { contents: strange } })
  const [found] = (await stranger.get(auditId))?.encrypted ?? []
  expect(found?.why).toMatch(/cannot be decrypted.*give the identity of a recipient/)
})
