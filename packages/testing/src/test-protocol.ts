import { existsSync, readFileSync } from 'node:fs'
import type { Protocol } from '@slm-audit/core'
import { wrapFetch } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { memoryLog } from './memory-log.ts'

/**
 * Proves a protocol against recorded bytes, through the fetch seam, in a folder with
 * `request.json` (`{ url, body }`), `response.json` or `chunks.txt`, `expected.json` (the response
 * facts and contents that the record must have) and SOURCE.md. The answer is given whole, split at
 * every byte, byte by byte, cut short, as junk, and with fields that nobody knows; the request is
 * frozen.
 *
 * To be called in a vitest file, once a folder.
 */
export function testProtocol<Acc>(protocol: Protocol<Acc>, folder: URL): void {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
  const request = JSON.parse(read('request.json')) as {
    readonly url: string
    readonly body: object
  }
  const isStream = existsSync(new URL('chunks.txt', folder))
  const answer = new TextEncoder().encode(read(isStream ? 'chunks.txt' : 'response.json'))
  const type = isStream ? 'text/event-stream' : 'application/json'
  const expected = JSON.parse(read('expected.json')) as object
  const exchange = (pieces: readonly Uint8Array[]) => recordOf(protocol, request, pieces, type)

  describe(`${protocol.name}: ${folder.pathname.split('/').at(-2)}`, () => {
    test('records what the answer says', async () => {
      expect(await exchange([answer])).toEqual({ stage: 'complete', ...expected })
    })

    test('records the same wherever the bytes are split, also one by one', async () => {
      const whole = await exchange([answer])
      for (let at = 1; at < answer.length; at += Math.max(1, Math.floor(answer.length / 150))) {
        expect(await exchange([answer.subarray(0, at), answer.subarray(at)])).toEqual(whole)
      }
      expect(await exchange([...answer].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
    })

    test('records an answer that is cut short as far as it goes, without throwing', async () => {
      for (let at = 0; at < answer.length; at += Math.max(1, Math.floor(answer.length / 40))) {
        const { stage } = await exchange([answer.subarray(0, at)])
        expect(['complete', 'error']).toContain(stage)
      }
    })

    test('reads junk and unknown fields without throwing', () => {
      for (const junk of [null, 1, 'x', [], {}, { choices: [null, 3, {}] }, { error: 'no' }]) {
        expect(() => protocol.readResponse(junk)).not.toThrow()
        expect(() => protocol.finish(protocol.step(protocol.start(), junk))).not.toThrow()
        expect(() => protocol.readRequest(junk, new URL(request.url))).not.toThrow()
      }
    })

    test('leaves a frozen request alone', () => {
      const frozen = deepFreeze(structuredClone(request.body))
      expect(() => protocol.readRequest(frozen, new URL(request.url))).not.toThrow()
    })
  })
}

async function recordOf<Acc>(
  protocol: Protocol<Acc>,
  request: { readonly url: string; readonly body: object },
  pieces: readonly Uint8Array[],
  type: string
) {
  const { log, calls } = memoryLog()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    }
  })
  const response = new Response(body, { headers: { 'content-type': type } })
  const fetch = wrapFetch(log, [protocol as Protocol], async () => response)
  const answer = await fetch(request.url, { method: 'POST', body: JSON.stringify(request.body) })
  for await (const _piece of answer.body ?? []);
  const [call] = await calls()
  if (call === undefined) throw new Error(`${protocol.name} does not match ${request.url}`)
  const { record, contents, stage } = call
  return {
    stage,
    call: record.call,
    response: record.response,
    ...(record.confidence && { confidence: record.confidence }),
    ...(record.reasoning && { reasoning: record.reasoning }),
    contents
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
