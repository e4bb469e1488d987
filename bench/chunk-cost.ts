import { wrapFetch } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import OpenAI from 'openai'
import { type AuditLog, createAuditLog } from 'slm-audit'
import {
  type Effort,
  interleave,
  median,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

const request = { operation: 'chat', provider: 'bench' }
/** Short answers read one after another. */
const SERIES = 20

async function* tokens(count: number): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) yield 'word '
}

/** What watching costs a chunk in CPU of this thread, at the method seam and at the fetch seam. */
export async function chunkCost({ rounds, scale }: Effort): Promise<Result[]> {
  return withFile(async (file) => {
    await using log = await createAuditLog({ file })
    const method = await methodSeam(rounds, Math.round(100_000 * scale), log)
    return [method, ...(await fetchSeam(rounds, Math.round(4_000 * scale), log))]
  })
}

async function methodSeam(rounds: number, count: number, log: AuditLog): Promise<Result> {
  const read = async (source: AsyncIterable<string>) => {
    const from = threadMicroseconds()
    for await (const _token of source);
    return (threadMicroseconds() - from) / count
  }
  const { bare, ours } = await interleave(rounds, {
    bare: () => read(tokens(count)),
    ours: () => read(log.record(request, () => tokens(count)))
  })
  return {
    what: 'a streamed chunk at the method seam',
    ours: microseconds(ours),
    control: `bare iterator ${microseconds(bare)}`,
    ratio: (ours / bare).toFixed(2),
    aim: '≤ 1.5',
    met: ours / bare <= 1.5
  }
}

async function fetchSeam(rounds: number, count: number, log: AuditLog): Promise<Result[]> {
  const event = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'word ' } }] })}\n\n`
  const chunk = new TextEncoder().encode(event)
  let pieces = count
  const canned = async () => {
    let left = pieces
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk)
        else controller.close()
      }
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const bare = new OpenAI({ baseURL: 'http://canned/v1', apiKey: 'k', fetch: canned })
  const ours = bare.withOptions({ fetch: wrapFetch(log, [openaiChat], canned) })
  /** Reads one answer to its end; returns when its first chunk had come, in microseconds. */
  const read = async (client: OpenAI) => {
    const from = performance.now()
    const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true })
    let first = 0
    for await (const _chunk of stream) first ||= performance.now() - from
    return first * 1000
  }
  const perChunk = async (client: OpenAI) => {
    const from = threadMicroseconds()
    await read(client)
    const took = threadMicroseconds() - from
    // What is done after the answer ended is not the stream's.
    await log.flush()
    return took / pieces
  }
  const measured = await interleave(rounds, {
    bare: () => perChunk(bare),
    ours: () => perChunk(ours)
  })
  // Short answers in series, each series begun alike: a processor that has just waited for the
  // journal is slow at whatever comes next.
  pieces = 5
  const toFirst = async (client: OpenAI) => {
    await log.flush()
    for (let warm = 0; warm < SERIES; warm++) await read(bare)
    const firsts: number[] = []
    for (let index = 0; index < SERIES; index++) firsts.push(await read(client))
    return median(firsts)
  }
  const first = await interleave(rounds * 10, {
    bare: () => toFirst(bare),
    control: () => toFirst(bare),
    ours: () => toFirst(ours)
  })
  const added = measured.ours - measured.bare
  const late = first.ours - first.bare
  return [
    {
      what: 'added to a streamed chunk at the fetch seam',
      ours: microseconds(added),
      control: `bare client ${microseconds(measured.bare)}`,
      ratio: (measured.ours / measured.bare).toFixed(2),
      aim: '≤ 0.3 µs',
      met: added <= 0.3
    },
    {
      what: 'added to the time to the first chunk',
      ours: microseconds(late),
      control: `bare client ${microseconds(first.bare)}, again ${microseconds(first.control)}`,
      ratio: (first.ours / first.bare).toFixed(2),
      aim: '≤ 15 µs',
      met: late <= 15
    }
  ]
}
