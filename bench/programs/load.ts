// Makes calls as told, and prints what they took as JSON: load.ts <scenario as JSON>
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { openaiProtocols, wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { type AuditLog, createAuditLog, defineExporter, openReader, wrapFetch } from 'slm-audit'

/** What is measured, in a process of its own. */
export interface Scenario {
  /** The log's database; without one the calls are bare, or seen by `peer`. */
  readonly file?: string
  /** Another product that sees the calls: a module as `langfuse.mjs`, and where it sends what it saw. */
  readonly peer?: { readonly module: string; readonly url: string }
  readonly calls: number
  /** At this rate; all in one turn of the loop by 0, one after the other unless given. */
  readonly perSecond?: number
  readonly promptBytes?: number
  /** Each answer is a stream of so many chunks. */
  readonly chunks?: number
  /** The application keeps its loop so long in each turn, in milliseconds. */
  readonly busyMs?: number
  /** One answer of so many megabytes, as a stream, in place of calls. */
  readonly streamMb?: number
  /** Beside an exporter that never answers. */
  readonly isHung?: boolean
}

/** What it took. */
export interface Load {
  /** Processor time of all threads from the first call to the end of the log, in microseconds a call. */
  readonly cpuPerCall: number
  /** Processor time of the application's thread until all is stored or sent, in microseconds a call. */
  readonly mainPerCall: number
  /** Bytes that went to the disk, a call. */
  readonly writtenPerCall: number
  readonly rssMb: number
  /** Delay of the event loop while calls were made, in milliseconds. */
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** Records that the index had not got when the last call was made. */
  readonly behind: number
  readonly closeMs: number
}

/** What a module of another product has. */
interface Peer {
  /** The client, seen; what is seen goes to `url`. */
  observe(client: OpenAI, url: string): OpenAI
  /** Resolves when all that was seen is sent. */
  flush(): Promise<void>
}

/** Some ticks of what measures the loop's delay, in milliseconds. */
const TICKS_MS = 5

const scenario = JSON.parse(process.argv[2] ?? '{}') as Scenario
const { file, calls, perSecond, promptBytes = 1000, chunks, busyMs = 0, streamMb } = scenario
const prompt = 'What is the state of my order, and when will it arrive at my door? '
const content = prompt.repeat(Math.ceil(promptBytes / prompt.length)).slice(0, promptBytes)
const message = { role: 'assistant', content: content.slice(0, 1000) }
const answer = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'small-1',
  object: 'chat.completion',
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage: { prompt_tokens: 120, completion_tokens: 110, total_tokens: 230 }
})
const piece = { content: message.content.slice(0, 10) }
const event = { id: 'c', model: 'small-1', choices: [{ index: 0, delta: piece }] }
const body = chunks
  ? `${`data: ${JSON.stringify(event)}\n\n`.repeat(chunks)}data: [DONE]\n\n`
  : answer
const headers = { 'content-type': chunks ? 'text/event-stream' : 'application/json' }
// A server's answers come in later turns of the loop.
const canned = async () => {
  await setImmediate()
  return new Response(body, { headers })
}

const log = file === undefined ? undefined : await createAuditLog({ file, deadlineMs: 60_000 })
if (scenario.isHung) {
  log?.addExporter(
    defineExporter({ name: 'hung', export: () => new Promise<undefined>(() => undefined) })
  )
}
const bare = new OpenAI({ baseURL: 'http://canned/v1', apiKey: 'k', fetch: canned, maxRetries: 0 })
const peer = scenario.peer && ((await import(scenario.peer.module)) as Peer)
const client = log ? wrapOpenAI(bare, log) : (peer?.observe(bare, scenario.peer?.url ?? '') ?? bare)
const call = async (): Promise<void> => {
  const messages = [{ role: 'user' as const, content }]
  const request = { model: 'small', messages, temperature: 0.2 }
  if (!chunks) await client.chat.completions.create(request)
  else for await (const _ of await client.chat.completions.create({ ...request, stream: true }));
}

// What is compiled and loaded once does not count.
for (let at = 0; at < Math.min(200, calls); at++) await call()
await flush()
writeToPlace()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
// A delay is what lies between two ticks: the first one before the calls, the last one behind them.
await setTimeout(TICKS_MS)
const cpu = process.cpuUsage()
const main = process.threadCpuUsage()
const written = writtenBytes()
let rss = 0
if (streamMb !== undefined) await readStream(streamMb, log)
else await makeCalls()
await setTimeout(TICKS_MS)
delay.disable()
rss = Math.max(rss, process.memoryUsage.rss())
await flush()
const onMain = process.threadCpuUsage(main)
const behind = await unindexed()
const closing = performance.now()
await log?.close()
const closeMs = performance.now() - closing
const { user, system } = process.cpuUsage(cpu)
const load: Load = {
  cpuPerCall: (user + system) / calls,
  mainPerCall: (onMain.user + onMain.system) / calls,
  writtenPerCall: (writtenBytes() - written) / calls,
  rssMb: rss / 2 ** 20,
  p99: delay.percentile(99) / 1e6,
  p999: delay.percentile(99.9) / 1e6,
  max: delay.max / 1e6,
  behind,
  closeMs
}
process.stdout.write(JSON.stringify(load))

async function flush(): Promise<void> {
  await (log ?? peer)?.flush()
}

async function makeCalls(): Promise<void> {
  if (perSecond === 0) {
    await Promise.all(Array.from({ length: calls }, call))
    return
  }
  const pending = new Set<Promise<void>>()
  const began = performance.now()
  for (let made = 0; made < calls; ) {
    if (perSecond === undefined) {
      await call()
      made++
      continue
    }
    const due = Math.min(calls, Math.ceil(((performance.now() - began) * perSecond) / 1000))
    for (; made < due; made++) {
      const one = call().finally(() => pending.delete(one))
      pending.add(one)
    }
    for (const until = performance.now() + busyMs; performance.now() < until; );
    await setTimeout(busyMs > 0 ? 0 : 1)
  }
  await Promise.all(pending)
}

/** Reads one long answer, piece by piece, as it comes. */
async function readStream(megabytes: number, log: AuditLog | undefined): Promise<void> {
  const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(65_000) } }] })}\n\n`
  const bytes = new TextEncoder().encode(event)
  let left = (megabytes * 2 ** 20) / bytes.length
  const body = () =>
    new ReadableStream({
      async pull(controller) {
        await setImmediate()
        if (left-- > 0) controller.enqueue(bytes.slice())
        else controller.close()
      }
    })
  const stream = { headers: { 'content-type': 'text/event-stream' } }
  const send = async () => new Response(body(), stream)
  const fetch = log ? wrapFetch(log, openaiProtocols, send) : send
  const request = { model: 'small', stream: true, messages: [{ role: 'user', content }] }
  const response = await fetch('http://canned/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify(request)
  })
  for await (const _ of response.body ?? []) rss = Math.max(rss, process.memoryUsage.rss())
}

/** Records that are stored and not in the index. */
async function unindexed(): Promise<number> {
  if (file === undefined) return 0
  await using reader = await openReader(file)
  return (await reader.query({}, { limit: 1 })).behind ?? 0
}

/**
 * Moves what was written so far out of write-ahead logs: else that happens, and counts, while calls are measured. In
 * another process: a second copy of SQLite in this one would end the locks of the log.
 */
function writeToPlace(): void {
  if (file === undefined) return
  const program = `const { DatabaseSync } = require('node:sqlite')
    for (const path of process.argv.slice(1)) {
      const database = new DatabaseSync(path)
      database.exec('PRAGMA busy_timeout = 60000; PRAGMA wal_checkpoint(TRUNCATE)')
      database.close()
    }`
  const paths = [file, `${file}-index`].filter((path) => existsSync(path))
  execFileSync(process.execPath, ['-e', program, ...paths], {
    stdio: ['ignore', 'ignore', 'inherit']
  })
}

/** What this process has written to a disk, without what was removed before; 0 where the system does not say. */
function writtenBytes(): number {
  try {
    const text = readFileSync('/proc/self/io', 'utf8')
    const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
    return of('write_bytes') - of('cancelled_write_bytes')
  } catch {
    // No Linux.
    return 0
  }
}
