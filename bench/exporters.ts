import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { consoleExporter } from '@slm-audit/console'
import { createAuditLog, defineExporter, type Exporter } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { fileExporter } from '@slm-audit/file'
import { otlpExporter } from '@slm-audit/otlp'
import { sqliteExporter, sqliteJournal } from '@slm-audit/sqlite'
import { webhookExporter } from '@slm-audit/webhook'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  startReceiver,
  threadMicroseconds,
  withFile
} from './harness.ts'

const input = 'What is the state of my order, and when will it arrive at my door? '.repeat(8)
const output = input.slice(0, 500)
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const request = { operation: 'chat', provider: 'bench', model: 'm', input }
/** By then an exporter that is down has failed for the first time. */
const FIRST_FAILURE_MS = 100
const limits = { maxRecords: 1_000_000, maxBytes: 2 ** 31, deadlineMs: 60_000 }

/** Records a second to each exporter, lag after a burst, and what one that is down costs. */
export async function exporterCost({ rounds, scale }: Effort): Promise<Result[]> {
  await using receiver = await startReceiver()
  const records = Math.max(200, Math.round(10_000 * scale))
  return [
    ...(await rates(Math.min(rounds, 3), records, receiver.url)),
    await burst(records, receiver.url),
    await downCost(rounds, Math.round(1_500 * scale))
  ]
}

async function rates(rounds: number, records: number, url: string): Promise<Result[]> {
  return withFile(async (file) => {
    await fill(file, records)
    const folder = dirname(file)
    let copies = 0
    const copy = (name: string) => join(folder, `${name}-${++copies}`)
    const discard = () => new Writable({ write: (_chunk, _encoding, done) => done() })
    const exporters: { readonly [name: string]: () => Exporter } = {
      'a function': () => defineExporter({ name: 'none', export: () => undefined }),
      console: () => consoleExporter({ stream: discard(), name: 'console' }),
      webhook: () => webhookExporter({ url, secret }),
      otlp: () => otlpExporter({ endpoint: url }),
      file: () => fileExporter({ directory: copy('file') }),
      sqlite: () => sqliteExporter({ file: copy('copy.db') })
    }
    const variants = Object.fromEntries(
      Object.entries(exporters).map(([name, make]) => [name, () => deliver(file, make())])
    )
    const all: { readonly [name: string]: () => Promise<number> } = {
      ...variants,
      reading: () => read(file)
    }
    const measured = await interleave(rounds, all)
    const reading = measured.reading ?? Number.NaN
    return Object.keys(exporters).map((name) => ({
      what: `records per second to ${name}, in batches of 200`,
      ours: (measured[name] ?? Number.NaN).toFixed(0),
      control: `reading the journal ${reading.toFixed(0)}`,
      ratio: ((measured[name] ?? Number.NaN) / reading).toFixed(2),
      aim: '',
      met: true
    }))
  })
}

async function openLog(file: string, exporters: readonly Exporter[] = []) {
  const journal = await sqliteJournal({ file })
  const silent = { onProblem: () => undefined }
  const log = createAuditLog({ journal, platform: nodePlatform(), exporters, ...limits, ...silent })
  return { journal, log }
}

async function fill(file: string, records: number): Promise<void> {
  const { log } = await openLog(file)
  for (let call = 0; call < records / 2; call++) {
    log.open(request).complete({ output })
    if (call % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await log.close()
}

/** Records a second from the beginning of the journal to its end. */
async function deliver(file: string, exporter: Exporter): Promise<number> {
  const { journal, log } = await openLog(file)
  // The journal does not know the name, so that everything is delivered.
  const named: Exporter = {
    name: `${exporter.name}-${crypto.randomUUID().slice(0, 8)}`,
    export: (batch, signal) => exporter.export(batch, signal),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose]()
  }
  const size = await journal.size()
  const from = performance.now()
  log.addExporter(named)
  await log.flush()
  const took = performance.now() - from
  await log.close()
  return (size * 1000) / took
}

async function read(file: string): Promise<number> {
  const { journal, log } = await openLog(file)
  let records = 0
  const from = performance.now()
  for await (const _record of journal.read()) records++
  const took = performance.now() - from
  await log.close()
  return (records * 1000) / took
}

/** How far a webhook is behind when a burst is stored, and how long until it is not. */
async function burst(records: number, url: string): Promise<Result> {
  return withFile(async (file) => {
    let delivered = 0
    const webhook = webhookExporter({ url, secret })
    const counting: Exporter = {
      ...webhook,
      async export(batch, signal) {
        const result = await webhook.export(batch, signal)
        if (result.status === 'stored') delivered += batch.length
        return result
      }
    }
    const { journal, log } = await openLog(file, [counting])
    const from = performance.now()
    for (let call = 0; call < records / 2; call++) {
      log.open(request).complete({ output })
      if (call % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    while ((await journal.size()) < records) await new Promise((resolve) => setTimeout(resolve, 2))
    const recorded = performance.now()
    const lag = records - delivered
    await log.flush()
    const behind = performance.now() - recorded
    await log.close()
    return {
      what: `behind after a burst of ${records} records, webhook on loopback`,
      ours: `${lag} records, for ${behind.toFixed(0)} ms`,
      control: `the burst took ${(recorded - from).toFixed(0)} ms`,
      ratio: (behind / (recorded - from)).toFixed(2),
      aim: '',
      met: true
    }
  })
}

/** Main-thread CPU of a call with and without an exporter whose other end is down. */
async function downCost(rounds: number, calls: number): Promise<Result> {
  const cost = (exporters: readonly Exporter[]) =>
    withFile(async (file) => {
      const { log } = await openLog(file, exporters)
      await new Promise((resolve) => setTimeout(resolve, FIRST_FAILURE_MS))
      const from = threadMicroseconds()
      for (let call = 0; call < calls; call++) {
        log.open(request).complete({ output })
        if (call % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      const took = threadMicroseconds() - from
      await log.close()
      return took / calls
    })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const down = () => webhookExporter({ url: `http://127.0.0.1:${port}`, secret })
  const { without, ours } = await interleave(rounds, {
    without: () => cost([]),
    ours: () => cost([down()])
  })
  return {
    what: 'main-thread CPU of a call while an exporter is down',
    ours: microseconds(ours),
    control: `without an exporter ${microseconds(without)}`,
    ratio: (ours / without).toFixed(2),
    aim: '≤ 1.03',
    met: ours / without <= 1.03
  }
}
