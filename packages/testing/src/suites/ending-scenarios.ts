import { expect } from 'vitest'
import type { Answer } from '../fakes/fake-server.ts'
import { collect } from '../fixtures/outcome.ts'
import { type Caller, type SharedScenario, seenUntilError } from './client-scenarios.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const GONE = { message: 'gone', type: 'server_error', code: 'gone' }

/**
 * Scenarios of streams that do not go or end as they should, in formats whose events are lines of text. What a client
 * makes of each is its own: where it throws, the record is no `complete`; where it does not, it is no `error`, unless the
 * answer itself tells of one.
 */
export function endingScenarios<C>(caller: Caller<C>, plain?: Answer): SharedScenario<C>[] {
  const { headers, chunks = [] } = caller.answer
  const type = headers?.['content-type'] ?? ''
  const isLines = type.includes('ndjson')
  if (!isLines && !type.includes('event-stream')) return []
  const text = (data: object) =>
    isLines ? `${JSON.stringify(data)}\n` : `data: ${JSON.stringify(data)}\n\n`
  const stream = (...parts: Answer['chunks'] & object) => ({
    ...(headers && { headers }),
    chunks: parts
  })
  const [first, ...others] = chunks
  const begun = first === undefined ? [] : [first]
  const last = chunks.at(-1)
  const cut =
    typeof last === 'string' ? last.trimEnd().slice(0, -2) : last?.subarray(0, last.length - 4)
  const answers: { readonly [what: string]: Answer } = {
    'nothing in the place of a stream': stream(),
    'a page in the place of a stream': {
      headers: { 'content-type': 'text/html' },
      chunks: ['<html>busy</html>']
    },
    'JSON in the place of a stream': { headers: JSON_TYPE, chunks: ['{\n  "id": "x"\n}'] },
    ...(plain?.chunks && {
      'an answer in one piece in the place of a stream': {
        headers: JSON_TYPE,
        chunks: plain.chunks
      }
    }),
    'JSON that is called a stream': stream('{"id":"x"}'),
    'a stream that is called JSON': { headers: JSON_TYPE, chunks },
    'an end before the last event': stream(...chunks.slice(0, -1)),
    ...(cut && { 'an end inside of the last event': stream(...chunks.slice(0, -1), cut) }),
    'an event that is an error': stream(...begun, text({ error: GONE }), ...others),
    'an event that is an error of a text': stream(...begun, text({ error: 'gone' }), ...others),
    'an event whose error is none': stream(...begun.map(withNoError), ...others),
    'an error beside the events': stream(
      ...begun,
      `${JSON.stringify({ error: GONE })}\n\n`,
      ...others
    ),
    ...(!isLines && {
      'an event named error': stream(...begun, `event: error\ndata: ${JSON.stringify(GONE)}\n\n`)
    })
  }
  return Object.entries(answers).map(([name, answer]) =>
    scenario(caller, `ending: ${name}`, answer)
  )
}

/** An answer that tells of an error, which not all clients look for. */
const TELLS = /is an error|named error|error beside/

/** A chunk whose first event has an empty error beside what it says, as some servers write it. */
function withNoError(chunk: string | Uint8Array): string {
  const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
  return text.replace('{', '{"error":null,')
}

function scenario<C>(caller: Caller<C>, name: string, answer: Answer): SharedScenario<C> {
  let met: { readonly error?: unknown } = {}
  return {
    name,
    answers: [answer],
    async run(client) {
      met = await seenUntilError(async (seen) => collect(await caller.open(client), seen))
      return met
    },
    expectation: {},
    check(calls) {
      const stages = calls.map(({ stage }) => stage)
      if ('error' in met) expect(stages).not.toContain('complete')
      else if (TELLS.test(name)) expect(['complete', 'error']).toContain(stages[0])
      else expect(stages).toEqual(['complete'])
    }
  }
}
