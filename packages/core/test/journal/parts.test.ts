import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cutContent } from '../../src/journal/cut-content.ts'
import { joinParts } from '../../src/journal/join-parts.ts'
import { KnownParts } from '../../src/journal/known-parts.ts'
import { scopeOf, seal } from '../../src/journal/seal.ts'
import { decodeSealed, encodeSealed } from '../../src/journal/sealed-line.ts'
import { readContent } from '../../src/read/read-content.ts'
import { pendingEvent } from '../../src/record/event-record.ts'
import type { SealedContent } from '../../src/record/sealed-record.ts'
import { checkRange } from '../../src/verify/check-range.ts'
import { checkRecord } from '../../src/verify/inspect-record.ts'

const sha256 = (...bytes: (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const each of bytes) hash.update(each)
  return hash.digest()
}
const encoder = new TextEncoder()
const newSalt = () => new Uint8Array(randomBytes(32))
const message = (content: string) => ({ role: 'user', content })
const history = ['Good morning, "friend".', 'Grüße {[,]}', '😀 \\ and a back\\slash'].map(message)

const inputOf = (value: unknown) => ({
  name: 'input',
  type: 'application/json',
  body: JSON.stringify(value)
})

/** The pieces of an input as text, and the whole as it is put together again. */
function cut(value: unknown) {
  const content = inputOf(value)
  const found = cutContent(content)
  if (!found) return undefined
  const bytes = found.pieces.map((each) => encoder.encode(String(each)))
  expect(new TextDecoder().decode(joinParts(bytes, found.at))).toBe(content.body)
  return found.pieces.map(String)
}

const texts = history.map((each) => JSON.stringify(each))

describe('a content is cut', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['a list of messages', history, texts],
    [
      'messages beside instructions',
      { system: 'Grüße', messages: history },
      ['{"system":"Grüße","messages":[]}', ...texts]
    ],
    [
      'messages after a short list',
      { system: [message('short')], messages: history, n: 1 },
      ['{"system":[{"role":"user","content":"short"}],"messages":[],"n":1}', ...texts]
    ],
    ['a batch of one conversation', [history], ['[[]]', ...texts]],
    ['a list of one', history.slice(0, 1), texts.slice(0, 1)]
  ])('at the items of %s', (_, value, pieces) => {
    expect(cut(value)).toEqual(pieces)
  })

  test.each<[string, unknown]>([
    ['numbers', Array.from({ length: 999 }, (_, at) => at)],
    ['texts', ['one text', 'another text']],
    ['small objects', Array.from({ length: 99 }, (_, at) => ({ at }))],
    ['nothing', []],
    ['no list', { prompt: 'text' }],
    ['a text', 'text']
  ])('not where it is of %s', (_, value) => {
    expect(cut(value)).toBeUndefined()
  })

  test('not where it is not JSON, whatever stands in it', () => {
    const bodies = [
      '[{"a":1},',
      '[{"a":"}]',
      '{"a" [{}]}',
      '[,]',
      '[{}',
      '{"messages":[{"a":1}',
      ''
    ]
    for (const body of bodies) {
      expect(cutContent({ name: 'input', type: 'application/json', body })).toBeUndefined()
    }
  })

  test('so that any JSON is the same when it is put together again', () => {
    let cuts = 0
    for (let seed = 0; seed < 2_000; seed++) if (cut(randomJson(seed))) cuts++
    expect(cuts).toBeGreaterThan(500)
  })

  test('not where a conversation does not repeat it; settings and media are one part', () => {
    const body = JSON.stringify({ schema: 'x'.repeat(300) })
    const nameOf = (name: string) => cutContent({ name, type: 'application/json', body })?.pieces
    expect(['output', 'error', 'input'].map(nameOf)).toEqual([undefined, undefined, undefined])
    expect(['settings', 'tools'].map(nameOf)).toEqual([[body], [body]])
    const image = { name: 'media.00', type: 'image/png', body: new Uint8Array(300) }
    expect(cutContent(image)).toEqual({ at: 0, pieces: [image.body] })
  })
})

/** JSON with odd texts, numbers, empty and nested lists. */
function randomJson(seed: number): unknown {
  let state = seed + 1
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const odd = ['"', '\\', '\\"', '[', ']}', '{', ',', 'é', '😀', '\u2028', ' ', 'word '.repeat(9)]
  const value = (depth: number): unknown => {
    const kind = next(depth > 4 ? 4 : 8)
    if (kind === 0) return next(1_000) / 8
    if (kind === 1) return [null, true, false, -1e-7][next(4)]
    if (kind <= 3) return Array.from({ length: next(6) }, () => odd[next(odd.length)]).join('')
    if (kind <= 5) return Array.from({ length: next(5) }, () => value(depth + 1))
    const names = Array.from({ length: next(4) }, () => odd[next(odd.length)] + String(next(9)))
    return Object.fromEntries(names.map((name) => [name, value(depth + 1)]))
  }
  return Array.from({ length: 1 + next(4) }, () => ({
    padding: 'some words to fill it',
    v: value(0)
  }))
}

const ORIGIN = 'example.com/log'

/** Seals inputs, each in a record of its own. */
function sealing(context: object = { session: 's' }) {
  const known = new KnownParts({ newSalt })
  let index = 0
  return (value: unknown) => {
    const { record, ...one } = pendingEvent('test', {})
    const contents = [inputOf(value)]
    return seal({ ...one, record: { ...record, context: context as never }, contents }, index++, {
      origin: ORIGIN,
      newSalt,
      known
    })
  }
}

const committedIn = ({ header }: { readonly header: string }) =>
  JSON.parse(header).log.contents.input
const partsOf = ({ contents }: { readonly contents: readonly SealedContent[] }) =>
  contents[0]?.parts ?? []

describe('a content in parts', () => {
  test('has the commitment that node:crypto computes, and its bytes', () => {
    const sealed = sealing()({ system: 'Grüße', messages: history })
    let head = Buffer.alloc(32)
    for (const { salt = '', body = '' } of partsOf(sealed)) {
      head = sha256(Uint8Array.of(2), head, sha256(salt, body))
    }
    const body = JSON.stringify({ system: 'Grüße', messages: history })
    expect(committedIn(sealed)).toEqual({
      at: encoder.encode('{"system":"Grüße","messages":[').length,
      bytes: Buffer.byteLength(body),
      commitment: head.toString('hex'),
      parts: 4,
      type: 'application/json'
    })
    expect(Buffer.from(sealed.contents[0]?.body ?? []).toString()).toBe(body)
    expect(checkRecord(sealed, 0)).toBeUndefined()
  })

  test('that grows keeps salts and the beginning of its chain; one that is edited keeps its parts', () => {
    const sealNext = sealing()
    const [first, second] = [sealNext(history.slice(0, 2)), sealNext(history)]
    expect(partsOf(second).slice(0, 2)).toEqual(partsOf(first))
    const edited = sealNext([message('another beginning'), ...history])
    expect(partsOf(edited).slice(1)).toEqual(partsOf(second))
    const again = sealNext(history.slice(0, 2))
    expect(committedIn(again)).toEqual(committedIn(first))
  })

  test('is sealed whole where the call belongs to nobody and no session', () => {
    const sealed = sealing({})(history)
    expect(committedIn(sealed)).not.toHaveProperty('parts')
    expect(checkRecord(sealed, 0)).toBeUndefined()
    expect(scopeOf({ context: { tags: { a: 'b' } } })).toBeUndefined()
    expect(scopeOf({ context: { user: 'a', session: 'b' } })).not.toBe(
      scopeOf({ context: { user: 'a","b', session: '' } })
    )
  })

  test('goes through a line of a file as it is', () => {
    const sealed = sealing()({ system: 'Grüße', messages: history })
    expect(decodeSealed(encodeSealed(sealed))).toEqual(sealed)
    const erased = { ...sealed, contents: sealed.contents.map((each) => without(each, 2)) }
    expect(decodeSealed(encodeSealed(erased))).toEqual(erased)
  })

  test('of which parts are gone verifies, and reads as what is left', () => {
    for (const [value, gone, left] of [
      [history, [1], [history[0], null, history[2]]],
      [history, [0, 2], [null, history[1], null]],
      [history, [0, 1, 2], undefined],
      [{ s: 'Grüße', m: history }, [1], { s: 'Grüße', m: [null, history[1], history[2]] }],
      [{ s: 'Grüße', m: history }, [0], history]
    ] as const) {
      const sealed = sealing()(value)
      const [content] = sealed.contents
      if (!content) throw new Error('no content')
      const erased = gone.reduce(without, content)
      expect(checkRecord({ ...sealed, contents: [erased] }, 0)).toBeUndefined()
      expect(checkRange([{ ...sealed, contents: [erased] }], ORIGIN, 0, 1)).toMatchObject({
        absentContents: 1
      })
      expect(readContent(erased)).toEqual(left)
    }
  })

  test('of which anything was changed is found', () => {
    const sealed = sealing()({ s: 'Grüße', m: history })
    const [content] = sealed.contents
    if (!content?.parts) throw new Error('no parts')
    const { body: _whole, ...rest } = content
    const { parts } = content
    const withPart = (place: number, change: object) =>
      parts.map((part, at) => (at === place ? { ...part, ...change } : part))
    const changes: Partial<SealedContent>[] = [
      ...parts.flatMap((part, place) =>
        Array.from({ length: part.body?.length ?? 0 }, (_, at) => ({
          parts: withPart(place, {
            body: part.body?.map((byte, i) => (i === at ? byte ^ 1 : byte))
          })
        }))
      ),
      { parts: withPart(1, { salt: new Uint8Array(32) }) },
      { parts: withPart(1, { salt: new Uint8Array(33) }) },
      { parts: parts.slice(0, -1) },
      { parts: parts.toReversed() },
      { parts: [...parts, ...parts.slice(-1)] },
      { parts: [] },
      { parts: withPart(1, { salt: undefined, body: undefined }) },
      { parts: withPart(1, { salt: undefined, body: undefined, commitment: new Uint8Array(32) }) },
      { at: 1 },
      { at: undefined },
      { type: 'text/plain' },
      { body: encoder.encode('another') },
      { parts: undefined, salt: new Uint8Array(32), body: encoder.encode('another') }
    ] as never
    for (const change of changes) {
      const changed = { ...sealed, contents: [{ ...rest, ...change }] }
      expect(checkRecord(changed, 0)?.kind).toBe('content mismatch')
      expect(checkRange([changed], ORIGIN, 0, 1).flaw?.kind).toBe('content mismatch')
    }
    expect(checkRecord({ ...sealed, contents: [rest] }, 0)).toBeUndefined()
  })
})

/** The content without the bytes and the salt of a part. */
function without({ body: _body, ...content }: SealedContent, place: number): SealedContent {
  const parts = (content.parts ?? []).map((part, at) =>
    at === place ? { commitment: new Uint8Array(sha256(part.salt ?? '', part.body ?? '')) } : part
  )
  return { ...content, parts }
}

describe('what conversations have sealed', () => {
  test('is remembered within a bound, and the rest is sealed anew', () => {
    const known = new KnownParts({ newSalt, mostBytes: 64_000 })
    const pieces = (scope: number) => [`part ${scope} `.repeat(100)]
    const first = known.seal('0', pieces(0))
    expect(known.seal('0', pieces(0)).added.size).toBe(0)
    for (let scope = 1; scope < 100; scope++) known.seal(`${scope}`, pieces(scope))
    expect(known.seal('99', pieces(99)).added.size).toBe(0)
    const again = known.seal('0', pieces(0))
    expect(again.added.size).toBe(1)
    expect(again.head).not.toEqual(first.head)
  })

  test('is told apart also where a text looks like what stands for a long one', () => {
    const known = new KnownParts({ newSalt })
    const long = 'long '.repeat(10_000)
    known.seal('s', [long])
    const digest = `\u0000${sha256(long).toString('hex')}`
    const { parts, added } = known.seal('s', [digest])
    expect(added.get(parts[0] as never)).toEqual(encoder.encode(digest))
    expect(known.seal('s', [long, digest, encoder.encode(long)]).added.size).toBe(0)
  })
})
