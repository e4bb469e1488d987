import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkRecord, type SealedRecord, sealedRecordsOf } from '../seal-helpers.ts'

const digest = (...parts: Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest()

describe('a sealed record', () => {
  test('has the leaf hash and the commitments that node:crypto computes', async () => {
    const [sealed] = await sealedRecordsOf('some words')
    expect(Buffer.from(sealed.leafHash)).toEqual(
      digest(Uint8Array.of(0), Buffer.from(sealed.header))
    )
    const [content] = sealed.contents
    const { contents } = JSON.parse(sealed.header).log
    const commitment = digest(content?.salt ?? new Uint8Array(), content?.body ?? new Uint8Array())
    expect(contents.input).toEqual({
      bytes: 10,
      commitment: commitment.toString('hex'),
      type: 'text/plain'
    })
  })

  test('passes its own check, and every changed byte of header, salt and body is found', async () => {
    const [sealed] = await sealedRecordsOf('words')
    expect(checkRecord(sealed, 0)).toBeUndefined()
    const flips: SealedRecord[] = []
    for (let at = 0; at < sealed.header.length; at++) {
      const flipped = String.fromCharCode(sealed.header.charCodeAt(at) ^ 1)
      flips.push({
        ...sealed,
        header: sealed.header.slice(0, at) + flipped + sealed.header.slice(at + 1)
      })
    }
    const [content] = sealed.contents
    for (const part of ['salt', 'body'] as const) {
      const bytes = content?.[part] ?? new Uint8Array()
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice()
        changed[at] = (changed[at] ?? 0) ^ 1
        flips.push({ ...sealed, contents: [{ ...content, [part]: changed } as never] })
      }
    }
    expect(flips.length).toBeGreaterThan(200)
    for (const flipped of flips) expect(checkRecord(flipped, 0)).toBeDefined()
  })

  test('in another place is moved; without a content it is missing; an erased body is not a flaw', async () => {
    const [sealed] = await sealedRecordsOf('words')
    expect(checkRecord(sealed, 1)?.kind).toBe('moved')
    expect(checkRecord({ ...sealed, contents: [] }, 0)?.kind).toBe('content missing')
    const erased = sealed.contents.map(({ body: _gone, ...rest }) => rest)
    expect(checkRecord({ ...sealed, contents: erased }, 0)).toBeUndefined()
  })
})
