import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineExporter, type ExporterOptions } from '@slm-audit/core'
import { openReader, replayExport } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { chat, freshFile, openLog, runProgram } from './support.ts'

const quick: ExporterOptions = { delayMs: 0, firstRetryMs: 5, lastRetryMs: 20 }

/** An exporter that keeps the indices it got. */
function collector(refused: readonly number[] = []) {
  const indices: number[] = []
  const exporter = defineExporter({
    name: 'copy',
    export(batch) {
      const bad = batch.find(({ index }) => refused.includes(index))
      if (bad) return { status: 'rejected', error: `${bad.index} is odd` }
      indices.push(...batch.map(({ index }) => index))
      return { status: 'stored' }
    }
  })
  return { exporter, indices }
}

async function record(log: Awaited<ReturnType<typeof openLog>>['log'], calls: number) {
  for (let input = 0; input < calls; input++) await log.record({ ...chat, input }, async () => 1)
}

/** The receiver of `programs/exporting.ts`: fails the requests that `fails` says. */
async function receiver(fails: (request: number) => boolean) {
  const batches: number[][] = []
  let requests = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const isDown = fails(++requests)
    if (!isDown) batches.push(JSON.parse(body) as number[])
    response.writeHead(isDown ? 503 : 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    batches,
    requests: () => requests,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

describe('delivery from SQLite', () => {
  test('0 of 1,000 records are lost while the sink is down and over SIGKILLs between send and cursor', async () => {
    const file = freshFile()
    using server = await receiver((request) => request <= 5 || request === 9)
    const killed = await runProgram('exporting', file, server.url, '500', '3')
    const unsure = [...(server.batches.at(-1) ?? [])]
    expect(killed.signal).toBe('SIGKILL')
    const again = await runProgram('exporting', file, server.url, '0', '4')
    unsure.push(...(server.batches.at(-1) ?? []))
    expect(again.signal).toBe('SIGKILL')
    const last = await runProgram('exporting', file, server.url, '0', 'never')
    expect(last).toMatchObject({ code: 0, output: '' })
    const first = new Map<number, number>()
    const repeated: number[] = []
    server.batches.flat().forEach((index, at) => {
      if (first.has(index)) repeated.push(index)
      else first.set(index, at)
    })
    await using reader = await openReader(file)
    const [status] = await reader.exporters()
    expect(status).toMatchObject({ name: 'http', lag: 0, failures: 0, setAside: [] })
    const size = status?.next ?? 0
    expect(size).toBeGreaterThanOrEqual(1001)
    expect([...first.keys()]).toEqual(Array.from({ length: size }, (_, index) => index))
    // Only the two batches after which the process died came twice.
    expect(unsure.length).toBeGreaterThan(0)
    expect(repeated).toEqual(unsure)
  })

  test('picks up what another process records, and one process of two delivers', async () => {
    const file = freshFile()
    const here = collector()
    const one = await openLog({ file })
    one.log.addExporter(here.exporter, quick)
    await one.log.flush()
    const two = await openLog({ file })
    const there = collector()
    two.log.addExporter(there.exporter, quick)
    await record(two.log, 3)
    await two.log.flush()
    await expect.poll(() => here.indices).toHaveLength(7)
    await one.log.close()
    await record(two.log, 1)
    await two.log.close()
    expect(there.indices).toEqual([7, 8])
  })

  test('who delivers keeps its lock when the same process asks for it again', async () => {
    const file = freshFile()
    const named = () => defineExporter({ name: 'http', export: () => ({ status: 'stored' }) })
    const one = await openLog({ file })
    one.log.addExporter(named(), quick)
    await one.log.flush()
    const two = await openLog({ file })
    two.log.addExporter(named(), quick)
    await two.log.flush()
    using server = await receiver(() => false)
    await runProgram('exporting', file, server.url, '3', 'never')
    expect(server.batches).toEqual([])
    await Promise.all([one.log.close(), two.log.close()])
  })

  test('what is set aside is kept with its reason; a replay tries it again', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    log.addExporter(collector([4]).exporter, quick)
    await record(log, 5)
    await log.close()
    expect(statSync(`${file}-exporter-copy`).mode & 0o777).toBe(0o600)
    await using reader = await openReader(file)
    const [before] = await reader.exporters()
    expect(before).toMatchObject({
      next: 11,
      delivered: 10,
      setAside: [{ index: 4, reason: '4 is odd' }]
    })
    expect(replayExport(file, 'copy', { index: 3 })).toEqual({ from: 3, before: 11, triedAgain: 1 })
    const again = collector()
    const second = await openLog({ file })
    second.log.addExporter(again.exporter, quick)
    await second.log.close()
    expect(again.indices).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
    expect(await reader.exporters()).toMatchObject([{ lag: 0, setAside: [] }])
  })

  test('a running process picks up a replay', async () => {
    const file = freshFile()
    const { exporter, indices } = collector()
    const { log } = await openLog({ file })
    log.addExporter(exporter, quick)
    await record(log, 2)
    await log.flush()
    await using reader = await openReader(file)
    const [call] = (await reader.query({ kind: 'call' }, { limit: 1 })).items
    replayExport(file, 'copy', { at: call?.receivedAt ?? '' })
    await expect.poll(() => indices.length).toBeGreaterThan(5)
    await log.close()
    expect(indices.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
    // From the first record of that millisecond: the call before may have ended in it.
    expect([1, 2, 3]).toContain(indices[5])
    expect(indices.at(-1)).toBe(4)
  })

  test('a replay of what cannot be is explained', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    expect(() => replayExport(file, 'copy', { index: 0 })).toThrow(
      /no exporter copy; it has had none/
    )
    log.addExporter(collector().exporter, quick)
    await log.close()
    expect(() => replayExport(file, 'cpy', { index: 0 })).toThrow(/no exporter cpy; it knows copy/)
    expect(() => replayExport(file, 'copy', { index: 9 })).toThrow(
      /at 1, and replay only goes back/
    )
    expect(() => replayExport(file, 'copy', { index: -1 })).toThrow(/leaf index from 0 to 1/)
  })

  test('large contents are read a few at a time, whole', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    const sizes: number[] = []
    const exporter = defineExporter({
      name: 'sizes',
      export(batch) {
        for (const { contents } of batch) sizes.push(contents[0]?.body?.length ?? 0)
      }
    })
    for (let call = 0; call < 4; call++) {
      await log.record({ ...chat, input: 'x'.repeat(3_000_000) }, async () => 1)
    }
    log.addExporter(exporter, quick)
    await log.close()
    expect(sizes.filter((size) => size > 2)).toEqual(Array(4).fill(3_000_000))
    expect(sizes).toHaveLength(9)
  })
})
