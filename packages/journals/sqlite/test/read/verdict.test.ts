import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import {
  COSIGNATURE_V1,
  cosign,
  formatNote,
  formatVerifierKey,
  parseCheckpoint,
  parseTrustPolicy,
  type Signer
} from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { freshFile, openLog } from '../support.ts'
import { makeLog, verify } from './attack-support.ts'

const newWitness = (name: string) => privateKeySigner(newPrivateKey(name), COSIGNATURE_V1)

/** Makes a log that witnesses have cosigned; gives the policy that knows them. */
async function cosignedBy(file: string, witnesses: readonly Signer[]) {
  const checkpoint = await makeLog(file)
  const { text, signatures } = parseCheckpoint(checkpoint).note
  const database = openDatabase(file)
  for (const witness of witnesses) {
    const cosignature = await cosign(text, 1_800_000_000, witness)
    const note = formatNote({ text, signatures: [...signatures, cosignature] })
    database.prepare('INSERT INTO cosignatures VALUES (9, ?)').run(note.split('\n').at(-2))
  }
  database.close()
  await using reader = await openReader(file)
  const known = witnesses.map(({ key }, at) => `witness w${at} ${formatVerifierKey(key)}`)
  const lines = [`log ${(await reader.keys())[0]}`, ...known]
  return (...more: string[]) => parseTrustPolicy([...lines, ...more].join('\n'))
}

describe('the verdict', () => {
  test('is unanchored alone, and anchored by a checkpoint or a key', async () => {
    const file = freshFile()
    const checkpoint = await makeLog(file)
    const signed = freshFile()
    const policy = (await cosignedBy(signed, []))('quorum none')
    expect((await verify(signed, { against: { policy } })).verdict).toBe('anchored')
    expect((await verify(file)).verdict).toBe('unanchored')
    expect((await verify(file, { against: { checkpoint } })).verdict).toBe('anchored')
    const other = await makeLog(freshFile())
    expect((await verify(file, { against: { checkpoint: other } })).verdict).toBe('diverged')
  })

  test('counts witnesses, and the organisations that they are of', async () => {
    const file = freshFile()
    const witnesses = ['w1.example.com/a', 'w2.example.com', 'keeper.example.org/w'].map(newWitness)
    const policyOf = await cosignedBy(file, witnesses)
    const against = { policy: policyOf('quorum none'), organisations: 2 }
    expect(await verify(file, { against })).toMatchObject({
      verdict: 'witnessed',
      outside: { witnesses: ['w0', 'w1', 'w2'], organisations: ['example.com', 'example.org'] }
    })
    const three = await verify(file, { against: { ...against, organisations: 3 } })
    expect(three).toMatchObject({
      verdict: 'diverged',
      flaw: { kind: 'wrong key', detail: expect.stringMatching(/2 of 3 organisations/) }
    })
  })

  test('can be demanded of two organisations by the groups of a policy', async () => {
    const demand = [
      'group one any w0 w1',
      'group two any w2',
      'group both all one two',
      'quorum both'
    ]
    const all = ['w1.example.com', 'w2.example.com', 'w.example.org'].map(newWitness)
    const policyOf = await cosignedBy(freshFile(), all)
    expect(policyOf(...demand).quorum).toBeDefined()
    const file = freshFile()
    const ofOne = await cosignedBy(file, all.slice(0, 2))
    const known = `witness w2 ${formatVerifierKey(newWitness('w.example.org').key)}`
    const report = await verify(file, { against: { policy: ofOne(known, ...demand) } })
    expect(report).toMatchObject({ flaw: { detail: expect.stringMatching(/quorum/) } })
  })
})

describe('who holds the key', () => {
  test('is in the log: a file, the environment, a signer that says what it is', async () => {
    const custodyOf = async (options: Parameters<typeof openLog>[0]) => {
      await (await openLog(options)).log.close()
      return (await verify(options.file)).custody
    }
    process.env.TEST_AUDIT_KEY = newPrivateKey('example.com/env')
    const signer = privateKeySigner(newPrivateKey('example.com/kms'))
    expect(await custodyOf({ file: freshFile() })).toBe('file')
    expect(
      await custodyOf({
        file: freshFile(),
        key: { env: 'TEST_AUDIT_KEY' },
        origin: 'example.com/env'
      })
    ).toBe('environment')
    expect(await custodyOf({ file: freshFile(), key: signer })).toBe('signer')
    expect(await custodyOf({ file: freshFile(), key: { ...signer, custody: 'kms' } })).toBe('kms')
  })

  test('is that of the newest key', async () => {
    const file = freshFile()
    await makeLog(file)
    await rotateKeyFile(file, `${file}.key`)
    expect((await verify(file)).custody).toBe('file')
  })
})
