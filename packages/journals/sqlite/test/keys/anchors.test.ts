import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname } from 'node:path'
import { type Anchor, otlpAnchor, webhookAnchor, witnessAnchor } from '@slm-audit/core'
import { fileAnchor, newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  COSIGNATURE_V1,
  createWitness,
  formatVerifierKey,
  parseCheckpoint,
  parseTrustPolicy
} from '@slm-audit/core/tlog'
import { openReader, openWitnessStore } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { chat, freshFile, openLog } from '../support.ts'

const ORIGIN = 'example.com/log'

async function addCalls(
  file: string,
  count: number,
  anchors: readonly Anchor[] = [],
  keyFile = `${file}.key`
) {
  // Whoever has the key takes away the head that was kept beside it.
  rmSync(`${keyFile}.head`, { force: true })
  const { log, problems } = await openLog({ file, origin: ORIGIN, anchors, key: { file: keyFile } })
  for (let call = 0; call < count; call++) await log.record(chat, async () => call)
  await log.close()
  return problems.map(({ code, message }) => `${code}: ${message}`)
}

async function newestCheckpoint(file: string): Promise<string> {
  await using reader = await openReader(file)
  return (await reader.checkpoint()) ?? ''
}

describe('checkpoints', () => {
  const HOUR = 3_600_000

  async function sizeSigned(file: string): Promise<number> {
    const checkpoint = await newestCheckpoint(file)
    return checkpoint === '' ? 0 : parseCheckpoint(checkpoint).size
  }

  test.each([
    ['every few records', { everyRecords: 10, everyMs: HOUR, heartbeatMs: HOUR }],
    ['after a while', { everyRecords: 1_000, everyMs: 40, heartbeatMs: HOUR }]
  ])('are signed %s, and at close', async (_name, checkpoints) => {
    const file = freshFile()
    const { log } = await openLog({ file, checkpoints })
    for (let call = 0; call < 5; call++) await log.record(chat, async () => call)
    await log.flush()
    await expect.poll(() => sizeSigned(file)).toBe(11)
    await log.record(chat, async () => 'last')
    await log.close()
    await using reader = await openReader(file)
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.checkpoints).toBeGreaterThanOrEqual(2)
    expect(report).toMatchObject({ checked: 13, unsigned: 0 })
  })

  test('are signed when nothing happens, for a record that says so', async () => {
    const file = freshFile()
    const checkpoints = { everyRecords: 1_000, everyMs: 40, heartbeatMs: 100 }
    const { log } = await openLog({ file, checkpoints })
    await log.record(chat, async () => 'the last for now')
    await log.flush()
    await expect.poll(() => sizeSigned(file)).toBeGreaterThan(3)
    await log.close()
    await using reader = await openReader(file)
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({ kind: 'log.heartbeat' })
    expect(items.length).toBeGreaterThan(0)
  })

  test.each([
    [{ everyRecords: 0 }, /everyRecords/],
    [{ everyMs: 1.5 }, /everyMs/],
    [{ every: 3 }, /every/]
  ])('%j is refused', async (checkpoints: object, problem) => {
    await expect(openLog({ file: freshFile(), checkpoints })).rejects.toThrow(problem)
  })
})

describe('a file elsewhere', () => {
  test('has the newest checkpoint, and refuses one that does not continue it', async () => {
    const file = freshFile()
    const kept = `${freshFile()}.checkpoint`
    const anchors = [fileAnchor(kept)]
    expect(await addCalls(file, 2, anchors)).toEqual([])
    expect(await addCalls(file, 2, anchors)).toEqual([])
    const evidence = await newestCheckpoint(file)
    expect(readFileSync(kept, 'utf8')).toBe(evidence)
    const rebuilt = freshFile()
    const [problem] = await addCalls(rebuilt, 7, anchors)
    expect(problem).toMatch(/history_rewritten: anchor file .* does not begin with/)
    const [shorter] = await addCalls(freshFile(), 1, anchors)
    expect(shorter).toMatch(/has seen 9 records, the log has 3/)
    expect(readFileSync(kept, 'utf8')).toBe(evidence)
  })
})

describe('anchors of several writers, and of one that ended early', () => {
  test('a checkpoint that another writer has overtaken is not an alarm, and does not go back', async () => {
    const file = freshFile()
    const kept = `${freshFile()}.checkpoint`
    const anchor = fileAnchor(kept)
    expect(await addCalls(file, 1, [anchor])).toEqual([])
    const early = readFileSync(kept, 'utf8')
    expect(await addCalls(file, 1, [anchor])).toEqual([])
    const late = readFileSync(kept, 'utf8')
    const again: Anchor = {
      name: 'slow',
      async publish(_checkpoint, log, signal) {
        await anchor.publish(early, log, signal)
        expect(readFileSync(kept, 'utf8')).toBe(late)
        return undefined
      }
    }
    expect(await addCalls(file, 0, [again])).toEqual([])
    const pair = await Promise.all([1, 2].map(() => addCalls(file, 3, [anchor])))
    expect(pair).toEqual([[], []])
    expect(readdirSync(dirname(kept))).toEqual([basename(kept)])
  })

  test('what a process could not publish any more, the next one does', async () => {
    const file = freshFile()
    const kept = `${freshFile()}.checkpoint`
    await addCalls(file, 2)
    await addCalls(file, 0, [fileAnchor(kept)])
    expect(readFileSync(kept, 'utf8')).toBe(await newestCheckpoint(file))
  })
})

async function listening(handle: (request: Request) => Promise<Response>) {
  const bodies: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    bodies.push(body)
    const hasBody = incoming.method === 'POST' && { body }
    const method = incoming.method ?? 'GET'
    const answer = await handle(
      new Request(`http://loopback${incoming.url}`, { method, ...hasBody })
    )
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
    outgoing.end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, bodies, [Symbol.dispose]: () => server.close() }
}

describe('a webhook', () => {
  test('gets the checkpoint as text; one that fails costs no record and is named', async () => {
    let status = 503
    using hook = await listening(async () => new Response(null, { status }))
    const file = freshFile()
    const anchors = [webhookAnchor(hook.url)]
    expect(await addCalls(file, 1, anchors)).toEqual([
      expect.stringMatching(/anchor_failed: anchor webhook 127\.0\.0\.1:\d+ .* answered 503/)
    ])
    status = 204
    expect(await addCalls(file, 1, anchors)).toEqual([])
    expect(hook.bodies.at(-1)).toBe(await newestCheckpoint(file))
  })
})

describe('an OpenTelemetry collector', () => {
  test('gets the checkpoint as a log record; one that it throws away is not kept', async () => {
    let answer = '{"partialSuccess":{"rejectedLogRecords":"1"}}'
    using collector = await listening(async () => new Response(answer))
    const file = freshFile()
    const anchors = [otlpAnchor(`${collector.url}/v1/logs`)]
    expect(await addCalls(file, 1, anchors)).toEqual([
      expect.stringMatching(/anchor_failed: anchor otlp 127\.0\.0\.1:\d+ .* rejected the record/)
    ])
    answer = '{}'
    expect(await addCalls(file, 1, anchors)).toEqual([])
    const { resourceLogs } = JSON.parse(collector.bodies.at(-1) ?? '{}')
    expect(resourceLogs[0].scopeLogs[0].logRecords).toEqual([
      expect.objectContaining({
        timeUnixNano: expect.stringMatching(/^\d{19}$/),
        eventName: 'slm_audit.checkpoint',
        body: { stringValue: await newestCheckpoint(file) },
        attributes: [
          { key: 'slm_audit.log.origin', value: { stringValue: ORIGIN } },
          { key: 'slm_audit.log.size', value: { intValue: '5' } }
        ]
      })
    ])
  })
})

describe('a witness', () => {
  const witnessKey = privateKeySigner(newPrivateKey('example.com/witness'), COSIGNATURE_V1)

  async function witnessFor(file: string, storeFile = freshFile()) {
    const log = privateKeySigner(readKeyFile(`${file}.key`)).key
    const store = openWitnessStore(storeFile)
    const handle = createWitness({ signer: witnessKey, logs: [log], store })
    return { ...(await listening(handle)), log, handle }
  }

  test('cosigns what continues, catches up after 409, and its cosignature meets the quorum', async () => {
    const file = freshFile()
    await addCalls(file, 1)
    const witness = await witnessFor(file)
    for (let time = 0; time < 3; time++) {
      const anchors = [witnessAnchor(witness.url, witnessKey.key)]
      expect(await addCalls(file, 150, anchors)).toEqual([])
    }
    const sizes = new Set(witness.bodies.map((body) => body.split('\n')[0]))
    expect([...sizes].sort()).toEqual(['old 0', 'old 3', 'old 303', 'old 603'])
    await using reader = await openReader(file)
    const policy = parseTrustPolicy(
      `log ${formatVerifierKey(witness.log)}\nwitness w ${formatVerifierKey(witnessKey.key)}\nquorum w`
    )
    const report = await reader.verify({ against: { policy } })
    expect(report).toMatchObject({ checked: 903, outside: { by: 'witnesses', size: 903 } })
    witness[Symbol.dispose]()
  })

  test('refuses a rewritten log, one it does not know and one signed by another key', async () => {
    const file = freshFile()
    await addCalls(file, 3)
    const witness = await witnessFor(file)
    const anchors = [witnessAnchor(witness.url, witnessKey.key)]
    await addCalls(file, 1, anchors)
    const rebuilt = freshFile()
    expect((await addCalls(rebuilt, 9, anchors, `${file}.key`))[0]).toMatch(
      /history was rewritten \(422/
    )
    expect((await addCalls(freshFile(), 9, anchors))[0]).toMatch(/does not trust the key .*403/)
    const other = await openLog({ file: freshFile(), origin: 'example.com/other', anchors })
    await other.log.close()
    expect(other.problems[0]?.message).toMatch(/does not know this log \(404/)
    witness[Symbol.dispose]()
  })

  test('answers what the protocol says to requests that are not right', async () => {
    const file = freshFile()
    await addCalls(file, 2)
    const witness = await witnessFor(file)
    const checkpoint = await newestCheckpoint(file)
    const post = async (body: string) => {
      const url = 'http://witness/add-checkpoint'
      const answer = await witness.handle(new Request(url, { method: 'POST', body }))
      return [answer.status, answer.headers.get('content-type'), (await answer.text()).trim()]
    }
    expect((await post('nonsense'))[0]).toBe(400)
    expect((await post('x'.repeat(70_000)))[0]).toBe(413)
    expect((await post(`old 6\n\n${checkpoint}`))[0]).toBe(400)
    expect((await post(`old 0\n\n${checkpoint.replace('\n5\n', '\n4\n')}`))[0]).toBe(403)
    expect(await post(`old 3\n\n${checkpoint}`)).toEqual([409, 'text/x.tlog.size', '0'])
    expect((await post(`old 0\n\n${checkpoint}`))[0]).toBe(200)
    expect((await post(`old 0\n\n${checkpoint}`))[0]).toBe(409)
    expect((await post(`old 5\n\n${checkpoint}`))[0]).toBe(200)
    expect((await post(`old 5\n${'A'.repeat(43)}=\n\n${checkpoint}`))[0]).toBe(422)
    witness[Symbol.dispose]()
  })

  test('has persisted before it answers: another process on its memory refuses the fork', async () => {
    const file = freshFile()
    await addCalls(file, 2)
    const memory = freshFile()
    const first = await witnessFor(file, memory)
    expect(await addCalls(file, 1, [witnessAnchor(first.url, witnessKey.key)])).toEqual([])
    first[Symbol.dispose]()
    const rebuilt = freshFile()
    const second = await witnessFor(file, memory)
    const anchors = [witnessAnchor(second.url, witnessKey.key)]
    const problems = await addCalls(rebuilt, 9, anchors, `${file}.key`)
    expect(problems[0]).toMatch(/422/)
    second[Symbol.dispose]()
  })

  test('whose answer is not by its key, or that contradicts itself, is not believed', async () => {
    const file = freshFile()
    const stranger = privateKeySigner(newPrivateKey('example.com/witness'), COSIGNATURE_V1)
    await addCalls(file, 1)
    const store = openWitnessStore(freshFile())
    const log = privateKeySigner(readKeyFile(`${file}.key`)).key
    using liar = await listening(createWitness({ signer: stranger, logs: [log], store }))
    const [problem] = await addCalls(file, 1, [witnessAnchor(liar.url, witnessKey.key)])
    expect(problem).toMatch(/not by the key/)
    const headers = { 'content-type': 'text/x.tlog.size' }
    let size = 0
    using confused = await listening(
      async () => new Response(`${size++}`, { status: 409, headers })
    )
    const [again] = await addCalls(file, 1, [witnessAnchor(confused.url, witnessKey.key)])
    expect(again).toMatch(/size changes/)
  })
})
