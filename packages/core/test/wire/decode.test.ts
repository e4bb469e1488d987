import { describe, expect, test } from 'vitest'
import { decodeText } from '../../src/base/bytes.ts'
import { decodeNdjson, decodeServerSentEvents } from '../../src/wire/decode.ts'

const events =
  ': comment\r\nevent: a\r\ndata: {"x":"é😀"}\r\n\r\ndata: {"y":\ndata: 2}\n\ndata: [DONE]\n\ndata: {"cut":'

describe('decoding', () => {
  test('reads server-sent events with names, several data lines, and what was cut', () => {
    expect(decodeServerSentEvents(events)).toEqual([
      { data: { x: 'é😀' }, name: 'a' },
      { data: { y: 2 } },
      { outside: '{"cut":' }
    ])
    expect(decodeServerSentEvents('data: {"cut":')).toEqual([
      { outside: '{"cut":', isCut: true, isPart: true }
    ])
  })

  test('tells what stands between events from events', () => {
    const text =
      'data: 1\n\n{\n  "error": "gone"\n}\n\nno: field\ndata: 2\n\nid: 3\nevent: ping\ndata:\n\n'
    expect(decodeServerSentEvents(text)).toEqual([
      { data: 1 },
      { outside: { error: 'gone' } },
      { data: 2 },
      { outside: 'no: field' }
    ])
    expect(decodeServerSentEvents('data: 1')).toEqual([{ data: 1, isCut: true }])
    expect(decodeNdjson('1\n{"cut')).toEqual([{ data: 1 }, { outside: '{"cut', isCut: true }])
  })

  test('gives the same text for every split of the bytes, also one by one', () => {
    const bytes = new TextEncoder().encode(events)
    for (let at = 0; at <= bytes.length; at++) {
      expect(decodeText([bytes.subarray(0, at), bytes.subarray(at)])).toBe(events)
    }
    expect(decodeText([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(events)
  })

  test('marks what is not JSON', () => {
    expect(decodeServerSentEvents('data: <html>\n\n')).toEqual([{ malformed: '<html>' }])
    expect(decodeNdjson('{"a":1}\nrubbish\n{"b":2}')).toEqual([
      { data: { a: 1 } },
      { malformed: 'rubbish' },
      { data: { b: 2 } }
    ])
  })
})
