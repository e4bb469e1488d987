import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { createAuditLog } from 'slm-audit'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

/** The calls that are measured, in kilobytes of prompt and answer, and how far they may stand to the queue. */
const SIZES = [
  { kilobytes: 1, calls: 1500, rounds: 4, most: 1.4 },
  { kilobytes: 10, calls: 300, rounds: 2, most: 0.9 },
  { kilobytes: 100, calls: 50, rounds: 2, most: 0.4 }
] as const
const headers = { 'content-type': 'application/json', 'x-request-id': 'r1' }

/** Main-thread CPU of a call, beyond the bare client, against a queue that only stringifies. */
export async function callCost({ rounds, scale }: Effort): Promise<Result[]> {
  const results: Result[] = []
  for (const { kilobytes, calls, rounds: share, most } of SIZES) {
    const count = Math.max(5, Math.round(calls * scale))
    // The client's code and ours are compiled bit by bit over some thousands of calls.
    const { ours, queue, bare } = await measure(kilobytes, count, rounds * share)
    const [added, floor] = [ours - bare, queue - bare]
    results.push({
      what: `added main-thread CPU per ${kilobytes} kB call, two durable records`,
      ours: microseconds(added),
      control: `queue that stringifies ${microseconds(floor)}`,
      ratio: (added / floor).toFixed(2),
      aim: `≤ ${most}`,
      met: floor > 0 && added / floor <= most
    })
  }
  return results
}

async function measure(kilobytes: number, calls: number, rounds: number) {
  const prompt = 'What is the state of my order, and when will it arrive at my door? '.repeat(
    8 * kilobytes
  )
  const message = { role: 'assistant', content: prompt.slice(0, 480 * kilobytes) }
  const answer = JSON.stringify({
    id: 'chatcmpl-1',
    model: 'small-1',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 120, completion_tokens: 110, total_tokens: 230 }
  })
  const canned = async () => new Response(answer, { headers })
  const newClient = () => new OpenAI({ baseURL: 'http://canned/v1', apiKey: 'k', fetch: canned })
  // Wrapping changes the client that it is given: the control is another one.
  const bare = newClient()
  const queue: string[] = []
  const queueing = bare.withOptions({
    fetch: async (url, init) => {
      const response = await canned()
      const text = await response.text()
      const request: unknown = JSON.parse(String(init?.body))
      queue.push(
        JSON.stringify({ url: String(url), at: Date.now(), request, response: JSON.parse(text) })
      )
      return new Response(text, { headers })
    }
  })
  return withFile(async (file) => {
    await using log = await createAuditLog({ file, maxRecords: 1_000_000, maxBytes: 2 ** 31 })
    const audited = wrapOpenAI(newClient(), log)
    const cost = async (client: OpenAI, after: () => Promise<void>) => {
      const from = threadMicroseconds()
      for (let index = 0; index < calls; index++) {
        const messages = [{ role: 'user' as const, content: prompt }]
        await client.chat.completions.create({ model: 'small', messages, temperature: 0.2 })
        // A server's answers come in later turns of the loop.
        if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await after()
      return (threadMicroseconds() - from) / calls
    }
    const nothing = async () => {
      queue.length = 0
    }
    return await interleave(rounds, {
      bare: () => cost(bare, nothing),
      queue: () => cost(queueing, nothing),
      ours: () => cost(audited, () => log.flush())
    })
  })
}
