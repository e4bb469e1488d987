import { type Protocol, wrapFetch } from '@slm-audit/core'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { openaiChat, openaiResponses } from '../src/index.ts'

type Events = (at: number) => readonly object[]

const delta = (more: object) => ({ id: 'c', choices: [{ index: 0, delta: more }] })

/** What a server may send without end, each time numbered anew. */
const STREAMS: readonly (readonly [name: string, protocol: Protocol, events: Events])[] = [
  [
    'tool calls in pieces',
    openaiChat as Protocol,
    (index) => [
      delta({ tool_calls: [{ index, id: `call_${index}`, function: { name: `f${index}` } }] }),
      delta({ tool_calls: [{ index, function: { arguments: `{"at":${index}}` } }] })
    ]
  ],
  [
    'tool calls that only an id tells apart',
    openaiChat as Protocol,
    (at) => [delta({ tool_calls: [{ id: `call_${at}`, function: { arguments: `{"at":${at}}` } }] })]
  ],
  [
    'choices',
    openaiChat as Protocol,
    (index) => [{ id: 'c', choices: [{ index, delta: { content: `words ${index}` } }] }]
  ],
  [
    'items of a response',
    openaiResponses as Protocol,
    (at) => [
      { type: 'response.output_text.delta', output_index: at, content_index: 0, delta: `w${at}` }
    ]
  ],
  [
    'parts of an item',
    openaiResponses as Protocol,
    (at) => [
      { type: 'response.output_text.delta', output_index: 0, content_index: at, delta: `w${at}` }
    ]
  ]
]

/** Reads a stream of so many numbers; returns the time of the processor in milliseconds, and what is recorded. */
async function readStream(protocol: Protocol, events: Events, count: number) {
  const { log, calls, problems } = memoryLog()
  const all = Array.from({ length: count }, (_, at) => events(at)).flat()
  const body = all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const headers = { 'content-type': 'text/event-stream' }
  const fetch = wrapFetch(log, [protocol], async () => new Response(body, { headers }))
  const path = protocol === openaiResponses ? 'responses' : 'chat/completions'
  const before = process.cpuUsage()
  await (await fetch(`http://x/v1/${path}`, { method: 'POST', body: '{}' })).text()
  const [call] = await calls()
  const { user } = process.cpuUsage(before)
  await log.close()
  return { ms: user / 1_000, contents: JSON.stringify(call?.contents), problems }
}

test.each(STREAMS)(
  'a long stream costs what it says, and not the square of it: %s',
  async (_, protocol, events) => {
    const short = await readStream(protocol, events, 1_000)
    const long = await readStream(protocol, events, 8_000)
    // Eight times as much; the square of that would be 64.
    expect(long.ms).toBeLessThan(short.ms * 28)
    for (const at of [0, 4_000, 7_999]) {
      const [event] = events(at).slice(-1)
      const [said] = JSON.stringify(event).match(/w(ords )?\d+|at\\":\d+/) ?? []
      expect(long.contents).toContain(said)
    }
    expect(long.problems).toEqual([])
  },
  120_000
)
