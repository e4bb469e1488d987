import type { Protocol } from '@slm-audit/core'
import { wrapFetch } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { conserve } from '../conservation/conserve.ts'
import { memoryLog } from '../fakes/memory-log.ts'
import { disturbed, withoutUnknown, withUnknown } from '../fixtures/disturb.ts'
import { expectRecord } from '../fixtures/expect-record.ts'
import { deepFreeze, type Fixture, framesOf, readFixture, sentBody } from '../fixtures/fixture.ts'
import { isBeginning } from '../fixtures/is-beginning.ts'
import { splitsOf } from '../fixtures/splits-of.ts'

/**
 * Proves a protocol against recorded bytes, through the fetch seam. The answer is given whole, byte by
 * byte, in two pieces, cut short, as junk, and with members and events that nobody knows; a streamed
 * one also up to each of its events. The request is
 * frozen. The folder holds
 *
 * - `request.json`: `{ url, body }`; `contentType` where the answer's file does not say it; `headers` and
 *   `answerHeaders` where the protocol reads some; `method` where it is not POST; `form: true` where the body goes as a form, files in it as
 *   `{ filename, media_type, base64 }`,
 * - the answer: `response.json`, `response.txt` or `response.bin`, or streamed `chunks.txt` (server-sent events),
 *   `chunks.ndjson` or `chunks.bin` (AWS event stream),
 * - `expected.json`: what the record must hold, see {@link expectRecord},
 * - `SOURCE.md`: where the bytes come from.
 *
 * To be called in a vitest file, once a folder.
 */
export function testProtocol<Acc>(protocol: Protocol<Acc>, folder: URL): void {
  const fixture = readFixture(folder)
  const { answer, isStream } = fixture
  const exchange = (pieces: readonly Uint8Array[]) => callOf(protocol, fixture, pieces)
  const told = async (pieces: readonly Uint8Array[]) => comparable(await exchange(pieces))

  describe(`${protocol.name}: ${fixture.name}`, () => {
    test('records what the answer says', async () => {
      expectRecord(await exchange([answer]), folder)
    })

    test('records the same wherever the bytes are split, also one by one', async () => {
      const whole = await told([answer])
      for (const at of splitsOf(fixture)) {
        expect(await told([answer.subarray(0, at), answer.subarray(at)])).toEqual(whole)
      }
      expect(await told([...answer].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
    })

    test('records an answer that is cut short as far as it goes, without throwing', async () => {
      for (let at = 0; at < answer.length; at += Math.max(1, Math.floor(answer.length / 40))) {
        const { stage } = await exchange([answer.subarray(0, at)])
        expect(['complete', 'error']).toContain(stage)
      }
    })

    if (isStream) {
      test('records of a stream what came, event by event', async () => {
        const whole = await exchange([answer])
        const frames = framesOf(fixture)
        for (let count = 0; count < frames.length; count++) {
          const { stage, contents } = await exchange(frames.slice(0, count))
          expect(['complete', 'error']).toContain(stage)
          expect(
            isBeginning(contents.output, whole.contents.output),
            `after ${count} events: ${JSON.stringify(contents.output)}`
          ).toBe(true)
        }
      })
    }

    testConservation(protocol as Protocol, fixture)

    test('reads members and events that nobody knows as if they were not there, and keeps them', async () => {
      const { body, url, isForm } = fixture
      const sent = protocol.readRequest(withUnknown(body), new URL(url))
      const plain = protocol.readRequest(body, new URL(url))
      if (!isForm) expect(withoutUnknown(sent)).toEqual(withoutUnknown(plain))
      const bytes = disturbed(fixture, protocol)
      if (bytes) {
        const whole = withoutRest(await told([answer]))
        expect(withoutUnknown(withoutRest(await told([bytes])))).toEqual(withoutUnknown(whole))
      }
      const isPolluted = 'polluted' in {}
      Reflect.deleteProperty(Object.prototype, 'polluted')
      expect(isPolluted, 'an answer changed the prototype of all objects').toBe(false)
    })

    test('reads junk without throwing', () => {
      for (const junk of [null, 1, 'x', [], {}, { choices: [null, 3, {}] }, { error: 'no' }]) {
        expect(() => protocol.readResponse(junk)).not.toThrow()
        expect(() => protocol.finish(protocol.step(protocol.start(), junk))).not.toThrow()
        expect(() => protocol.readRequest(junk, new URL(fixture.url))).not.toThrow()
      }
    })

    test('leaves a frozen request alone', () => {
      const frozen = deepFreeze(structuredClone(fixture.body))
      expect(() => protocol.readRequest(frozen, new URL(fixture.url))).not.toThrow()
    })
  })
}

/** What of an answer stands nowhere must be marked: its name says where. `pnpm run conservation` prints the counts. */
function testConservation(protocol: Protocol, fixture: Fixture): void {
  test('keeps or marks all that the answer says, also when it is disturbed', async ({ task }) => {
    const conserved = await conserve(protocol, fixture)
    Object.assign(task.meta, { conserved })
    expect(conserved.silent).toEqual([])
  })
}

async function callOf<Acc>(
  protocol: Protocol<Acc>,
  request: Fixture,
  pieces: readonly Uint8Array[]
): Promise<AuditedCall> {
  const { log, calls, problems } = memoryLog()
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    }
  })
  const response = new Response(source, {
    headers: { ...request.answerHeaders, 'content-type': request.contentType }
  })
  const fetch = wrapFetch(log, [protocol as Protocol], async () => response)
  const { url, method, headers } = request
  const answer = await fetch(url, { method, headers, body: sentBody(request) })
  for await (const _piece of answer.body ?? []);
  const [call] = await calls()
  if (call === undefined) throw new Error(`${protocol.name} does not match ${request.url}`)
  // A protocol that throws costs the record its details, and is reported.
  expect(problems).toEqual([])
  return call
}

/** An answer without what nobody knows of it. */
function withoutRest<T extends Pick<AuditedCall, 'contents'>>(call: T) {
  const { rest: _rest, ...contents } = call.contents
  return { ...call, contents }
}

/** What splitting the bytes may not change. */
function comparable({ stage, record, contents }: AuditedCall) {
  const { call, response, confidence, reasoning } = record
  return { stage, call, response, confidence, reasoning, contents }
}
