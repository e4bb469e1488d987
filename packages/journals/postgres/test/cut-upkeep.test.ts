import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditError, CONTENTS_REDACTED } from '@slm-audit/core/journal'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import { openPostgresReader, rotatePostgresSigningKeyFile } from '@slm-audit/postgres'
import { collectingLog, recordTurn, recordTwoConversations } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { CuttingProxy } from './cutting-proxy.ts'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

type Place = ReturnType<typeof freshPlace>

async function written(): Promise<Place> {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  return place
}

/** Runs something until it is done, with the connection cut behind each message, and before its answer; looks at the log each time. */
async function cutAtEach(
  place: Place,
  run: (cut: Place) => Promise<unknown>,
  look: (where: string) => Promise<void>
): Promise<void> {
  await using proxy = new CuttingProxy(server.port)
  const cut = { ...place, url: `postgres://audit@127.0.0.1:${await proxy.listen()}/postgres` }
  let isDone = false
  for (let message = 0; !isDone; message++) {
    for (const isBehind of [false, true]) {
      proxy.cutAfter(message, isBehind)
      await run(cut).then(
        () => {
          isDone = true
        },
        (error: AuditError) => expect(error.code).toMatch(/^journal_/)
      )
      await look(`${message} ${isBehind}`)
    }
  }
}

test('a redaction that is cut at any message shows what was or what it becomes, and is done once', async () => {
  const place = await written()
  const rule = {
    detectors: [{ id: 'names', pattern: 'alicewords' }],
    redact: [{ detectors: ['names'] }]
  }
  const said = { rule, reason: 'a rule was missing', by: 'the officer' }
  await cutAtEach(
    place,
    (cut) => adminOf(cut).redact(said),
    async (where) => {
      await using reader = await openPostgresReader(place)
      const { items } = await reader.query({ user: 'alice' })
      const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
      const texts = JSON.stringify(calls.map((call) => call?.contents))
      expect(/alicewords/.test(texts), where).not.toBe(/⟨value⟩/.test(texts))
      expect(
        calls.flatMap((call) => call?.absent ?? []),
        where
      ).toEqual([])
      const { flaw, unexplained } = await reader.verify()
      expect({ flaw, unexplained }, where).toEqual({ flaw: undefined, unexplained: 0 })
    }
  )
  const rows = await server.query(
    `SELECT idx FROM ${place.schema}.records WHERE strpos(header, '"kind":"${CONTENTS_REDACTED}"') > 0`
  )
  // The contents of two calls: what was asked and answered, each once.
  expect(rows).toHaveLength(4)
}, 120_000)

test('a change of the signing key that is cut at any message leaves the key that the log has', async () => {
  const place = await written()
  const keyFile = join(place.folder, 'log.key')
  await cutAtEach(
    place,
    (cut) => rotatePostgresSigningKeyFile(cut, keyFile),
    async (where) => {
      await using reader = await openPostgresReader(place)
      const { flaw, keys, unsigned } = await reader.verify()
      expect({ flaw, unsigned }, where).toEqual({ flaw: undefined, unsigned: 0 })
      const kept = [keyFile, `${keyFile}.next`].filter((path) => existsSync(path))
      const own = kept.map((path) => formatVerifierKey(privateKeySigner(readKeyFile(path)).key))
      expect(own, where).toContain(keys.at(-1))
    }
  )
  const { log, journal, problems } = collectingLog(await openJournal(place))
  await recordTurn(log, [{ role: 'user', content: 'and on' }], 'yes')
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  await using reader = await openPostgresReader(place)
  const { flaw, unsigned, signedLate } = await reader.verify()
  expect({ flaw, unsigned, signedLate }).toEqual({ flaw: undefined, unsigned: 0, signedLate: [] })
}, 120_000)
