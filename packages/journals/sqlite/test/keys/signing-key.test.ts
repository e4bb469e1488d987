import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { Anchor } from '@slm-audit/core'
import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import { parseTrustPolicy, type Signer } from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { describe, expect, test, vi } from 'vitest'
import { chat, freshFile, openLog } from '../support.ts'

const ORIGIN = 'example.com/log'

async function addCalls(file: string, count: number, anchors: readonly Anchor[] = []) {
  const { log, problems } = await openLog({ file, origin: ORIGIN, anchors })
  for (let call = 0; call < count; call++) await log.record(chat, async () => call)
  await log.close()
  return problems.map(({ code, message }) => `${code}: ${message}`)
}

describe('the signing key', () => {
  test('is made beside the database, readable by its owner alone, and is used again', async () => {
    const file = freshFile()
    await addCalls(file, 1)
    expect(statSync(`${file}.key`).mode & 0o777).toBe(0o600)
    const key = readFileSync(`${file}.key`, 'utf8')
    expect(key).toMatch(/^PRIVATE\+KEY\+example\.com\/log\+[0-9a-f]{8}\+/)
    expect(await addCalls(file, 1)).toEqual([])
    expect(readFileSync(`${file}.key`, 'utf8')).toBe(key)
  })

  test('is refused when others can read it, when it is another one, or of another log', async () => {
    const file = freshFile()
    await addCalls(file, 1)
    chmodSync(`${file}.key`, 0o644)
    await expect(openLog({ file })).rejects.toThrow(/chmod 600/)
    chmodSync(`${file}.key`, 0o600)
    for (const [name, problem] of [
      [ORIGIN, /is signed by key/],
      ['example.com/other', /named example.com\/other/]
    ] as const) {
      writeFileSync(`${file}.key`, newPrivateKey(name))
      await expect(openLog({ file })).rejects.toThrow(problem)
    }
    writeFileSync(`${file}.key`, 'nonsense')
    await expect(openLog({ file })).rejects.toMatchObject({ code: 'bad_key' })
  })

  test('that was lost is asked for; no other takes its place', async () => {
    const file = freshFile()
    await addCalls(file, 1)
    rmSync(`${file}.key`)
    await expect(openLog({ file })).rejects.toMatchObject({
      code: 'bad_key',
      message: expect.stringMatching(/audit.db.key is missing; put it back, or begin a new log/)
    })
    expect(existsSync(`${file}.key`)).toBe(false)
  })

  test("is not what an application's own call of that kind says", async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, kind: 'key.added' }, async () => 1)
    await log.close()
    expect(await addCalls(file, 1)).toEqual([])
    await using reader = await openReader(file)
    expect(await reader.verify()).toMatchObject({ checked: 5, keys: [expect.any(String)] })
  })

  test('can come from the environment or from a signer that holds it elsewhere', async () => {
    const text = newPrivateKey(ORIGIN)
    vi.stubEnv('TEST_AUDIT_KEY', text)
    const local = privateKeySigner(text)
    const remote: Signer = { key: local.key, sign: async (message) => local.sign(message) }
    const file = freshFile()
    for (const key of [{ env: 'TEST_AUDIT_KEY' }, remote]) {
      const { log, problems } = await openLog({ file, key, origin: ORIGIN })
      await log.record(chat, async () => 1)
      await log.close()
      expect(problems).toEqual([])
    }
    expect(existsSync(`${file}.key`)).toBe(false)
    await using reader = await openReader(file)
    expect(await reader.verify()).toMatchObject({ checked: 5, checkpoints: 2, unsigned: 0 })
    await expect(openLog({ file, key: { env: 'NOT_SET' } })).rejects.toThrow(/no NOT_SET/)
    vi.unstubAllEnvs()
  })

  test('a signer that fails is reported; no record is lost, and the next one signs for all', async () => {
    const local = privateKeySigner(newPrivateKey(ORIGIN))
    let works = false
    const sign = async (message: Uint8Array) => {
      if (!works) throw new Error('the key service is away')
      return local.sign(message)
    }
    const file = freshFile()
    for (const state of [false, true]) {
      works = state
      const { log, problems } = await openLog({ file, key: { key: local.key, sign } })
      await log.record(chat, async () => 1)
      await log.close()
      expect(problems.map(({ message }) => message).join()).toMatch(
        state ? /^$/ : /service is away/
      )
    }
    await using reader = await openReader(file)
    expect(await reader.verify()).toMatchObject({ checked: 5, checkpoints: 1, unsigned: 0 })
  })

  test('is changed under a running writer, which then signs with the new one', async () => {
    const file = freshFile()
    const { log, problems } = await openLog({ file, origin: ORIGIN })
    await log.record(chat, async () => 1)
    await log.flush()
    await rotateKeyFile(file, `${file}.key`)
    await log.record(chat, async () => 2)
    await log.close()
    expect(problems).toEqual([])
    await using reader = await openReader(file)
    const report = await reader.verify()
    expect(report).toMatchObject({ checked: 6, unsigned: 0 })
    expect(report.flaw).toBeUndefined()
    expect(report.keys).toHaveLength(2)
    const [, newest] = report.keys
    const policy = parseTrustPolicy(`log ${newest}\nquorum none`)
    expect((await reader.verify({ against: { policy } })).outside?.by).toBe('key')
  })
})
