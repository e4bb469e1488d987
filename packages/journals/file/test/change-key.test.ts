import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { parseTrustPolicy } from '@slm-audit/core/tlog'
import { openLogSource, rotateKey, rotateKeyFile } from '@slm-audit/file'
import { expect, test } from 'vitest'
import { administer } from '../src/upkeep/administer.ts'
import { changeKey } from '../src/upkeep/change-key.ts'
import { dyingFiles } from './faulty-files.ts'
import { chat, freshPath, openLog } from './support.ts'

/** A log with a call, and its key as a text. */
async function written(): Promise<string> {
  const directory = freshPath()
  const { log } = await openLog({ directory })
  await log.record(chat, async () => 'aye')
  await log.close()
  return directory
}

test('a change of keys that is killed at any call leaves the old key or the new one, and both sign for it', async () => {
  const template = await written()
  const old = readKeyFile(`${template}.key`)
  const from = privateKeySigner(old)
  const next = newPrivateKey(from.key.name)
  const to = privateKeySigner(next)
  let recorded = 0
  for (let at = 1, went = true; went; at++) {
    const { files, struck, where } = dyingFiles(at)
    const directory = freshPath()
    cpSync(template, directory, { recursive: true })
    const places = { keyFile: `${directory}.key`, stateFolder: false }
    writeFileSync(places.keyFile, `${old}\n`, { mode: 0o600 })
    writeFileSync(`${places.keyFile}.next`, `${next}\n`, { mode: 0o600 })
    await administer(
      directory,
      { signer: from, ...places },
      {},
      (each, signAs) => changeKey(each, { from, to, signAs, places }, files),
      { files }
    ).catch(() => undefined)
    went = struck()
    const { log, problems } = await openLog({ directory })
    await log.record(chat, async () => 'and on')
    await log.close()
    expect(problems, where).toEqual([])
    const source = await openLogSource(directory)
    const { flaw, unsigned, keys } = await source.verify()
    expect({ flaw, unsigned }, where).toEqual({ flaw: undefined, unsigned: 0 })
    const isChanged = keys.length === 2
    if (isChanged) recorded++
    expect(readFileSync(places.keyFile, 'utf8').trim(), where).toBe(isChanged ? next : old)
    if (!isChanged) continue
    // Behind the change stands the one checkpoint that both have signed, and the new key has signed all.
    const signed = source.checkpoints().filter(({ note }) => note.match(/^\u2014 /gm)?.length === 2)
    expect(signed, where).toHaveLength(1)
    const policy = parseTrustPolicy(`log ${keys.at(-1)}\nquorum none`)
    expect((await source.verify({ against: { policy } })).outside?.by, where).toBe('key')
  }
  expect(recorded).toBeGreaterThan(3)
})

test('a key service that does not sign changes nothing', async () => {
  const directory = await written()
  const from = privateKeySigner(readKeyFile(`${directory}.key`))
  const { key } = privateKeySigner(newPrivateKey(from.key.name))
  const sign = () => Promise.reject(new Error('the vault is sealed'))
  const places = { keyFile: `${directory}.key`, stateFolder: false }
  await expect(rotateKey(directory, from, { key, sign }, places)).rejects.toThrow(/sealed/)
  const { keys, flaw } = await (await openLogSource(directory)).verify()
  expect({ keys: keys.length, flaw }).toEqual({ keys: 1, flaw: undefined })
})

test('a log whose records are gone gets no key, and what is no log none either', async () => {
  const directory = await written()
  const key = readFileSync(`${directory}.key`, 'utf8')
  renameSync(directory, `${directory}-gone`)
  await expect(rotateKeyFile(directory, `${directory}.key`)).rejects.toMatchObject({
    code: 'journal_unavailable'
  })
  expect(readFileSync(`${directory}.key`, 'utf8')).toBe(key)
})
