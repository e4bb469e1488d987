import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { freshPath, makeCalls, openLog } from './support.ts'

const has = (program: string) => spawnSync(program, ['--version']).error === undefined
const UNPACK = { gzip: ['gzip', '-dc'], zstd: ['zstd', '-dcq'] } as const

/** Runs a program of the system over some bytes. */
function pipe([program, ...args]: readonly string[], input: Uint8Array): Buffer {
  return execFileSync(program ?? '', args, { input, maxBuffer: 2 ** 28 })
}

/** Makes a log of which nothing is left open. */
async function filesOf(options: Partial<Parameters<typeof openLog>[0]>): Promise<string> {
  const directory = freshPath()
  const { log } = await openLog({ directory, rotate: { bytes: 4_000 }, ...options })
  await makeCalls(log, 20)
  await log.close()
  return directory
}

/** Checks the lines by what docs/file-format.md says, with none of our code. */
function checkLines(lines: readonly string[], from: number): number {
  let index = from
  for (const line of lines) {
    const { contents, leaf, ...fields } = JSON.parse(line)
    const at = line.indexOf(',"header":')
    const header = line.slice(at + ',"header":'.length, -1)
    const hash = createHash('sha256').update('\0').update(header).digest('base64')
    expect([fields.index, leaf]).toEqual([index++, hash])
    for (const { name, salt, text, base64 } of contents) {
      const body = text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text)
      const commitment = createHash('sha256').update(Buffer.from(salt, 'base64')).update(body)
      expect(fields.header.log.contents[name].commitment).toBe(commitment.digest('hex'))
    }
  }
  return index
}

describe('programs of others read the files', () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    const title = `${compression} unpacks closed files; their lines hold what the format says`
    test.skipIf(!has(compression))(
      has(compression) ? title : `NOT cross-checked, there is no program ${compression}: ${title}`,
      async () => {
        const directory = await filesOf({ compression })
        let next = 0
        const names = readdirSync(directory).filter((name) => /\.(gz|zst)$/.test(name))
        expect(names.length).toBeGreaterThan(0)
        for (const name of names.sort()) {
          const bytes = pipe(UNPACK[compression], readFileSync(join(directory, name)))
          const lines = bytes.toString().split('\n').slice(0, -1)
          next = checkLines(lines.slice(0, -1), next)
          expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ end: next })
        }
      }
    )

    const secret = `age and ${compression} decrypt what is encrypted, and nothing else shows a text`
    const both = has('age') && has(compression)
    test.skipIf(!both)(
      both ? secret : `NOT cross-checked, there is no program age: ${secret}`,
      async () => {
        const identity = await generateX25519Identity()
        const recipient = await identityToRecipient(identity)
        const directory = await filesOf({ compression, recipients: [recipient] })
        const keyFile = freshPath('identity')
        writeFileSync(keyFile, `${identity}\n`)
        let next = 0
        for (const name of readdirSync(directory)
          .filter((each) => each.startsWith('records-'))
          .sort()) {
          const stored = readFileSync(join(directory, name))
          const text = name.endsWith('.jsonl') ? stored : pipe(UNPACK[compression], stored)
          expect(text.toString()).not.toMatch(/Größe|"u1"|instance/)
          for (const line of text.toString().split('\n').slice(0, -1)) {
            const fields = JSON.parse(line)
            if (fields.end !== undefined) continue
            if (fields.age === undefined) {
              next = checkLines([line], next)
              continue
            }
            const packed = pipe(['age', '-d', '-i', keyFile], Buffer.from(fields.age, 'base64'))
            const plain = pipe(UNPACK[compression], packed).toString()
            expect(fields.first).toBe(next)
            next = checkLines(plain.split('\n').slice(0, -1), next)
          }
        }
        expect(next).toBe(43)
      }
    )
  }
})
