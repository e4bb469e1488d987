import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject } from '@slm-audit/core/journal'
import { checkRecord, decodeSealed } from '@slm-audit/core/reader'
import { sealedRecords } from '@slm-audit/testing'
import { type ExporterFault, REFUSED_INDEX, testExporter } from '@slm-audit/testing/conformance'
import { webhookExporter } from '@slm-audit/webhook'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const other = `whsec_${Buffer.alloc(24, 9).toString('base64')}`

interface Seen {
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** The indices in a request, which the official library has verified. */
function indicesOf({ body, headers }: Seen, key = secret): number[] {
  const { type, data } = new Webhook(key).verify(body, headers) as {
    type: string
    data: { records: { index: number }[] }
  }
  expect(type).toBe('slm-audit.records')
  return data.records.map(({ index }) => index)
}

/** A receiver that answers with the statuses in turn, then 204, and does what a fault says. */
async function receiver(...answers: (number | { status: number; 'retry-after': string })[]) {
  const seen: Seen[] = []
  const received: number[] = []
  let fault: ExporterFault | undefined
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const one = { headers: request.headers as Seen['headers'], body }
    seen.push(one)
    const indices = indicesOf(one)
    const answer = answers.shift() ?? 204
    const { status, ...headers } = typeof answer === 'number' ? { status: answer } : answer
    if (fault === 'hang') return
    if (fault === 'down') response.destroy()
    else if (fault === 'busy') response.writeHead(429, { 'retry-after': '1' }).end()
    else if (fault === 'refuse' && indices.includes(REFUSED_INDEX)) response.writeHead(422).end()
    else {
      if (status < 300) received.push(...indices)
      response.writeHead(status, headers).end('{"echo":"what was asked"}')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    seen,
    received,
    cause(next: ExporterFault | undefined) {
      fault = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

const signal = () => AbortSignal.timeout(60_000)

testExporter({
  name: 'webhook',
  faults: ['down', 'hang', 'busy', 'refuse'],
  async make() {
    const end = await receiver()
    return {
      open: () => webhookExporter({ url: end.url, secret }),
      received: () => end.received,
      cause: (fault) => end.cause(fault),
      [Symbol.asyncDispose]: () => end[Symbol.asyncDispose]()
    }
  }
})

describe('webhookExporter', () => {
  test('signs so that the official library believes it, and nothing that was changed', async () => {
    await using end = await receiver()
    const exporter = webhookExporter({ url: end.url, secret, headers: { 'x-tenant': 'a' } })
    await exporter.export(await sealedRecords(3), signal())
    const [request] = end.seen
    expect(request && indicesOf(request)).toEqual([0, 1, 2])
    expect(request?.headers['x-tenant']).toBe('a')
    const changed = { ...request, body: request?.body.replace('question', 'Question') } as Seen
    expect(() => indicesOf(changed)).toThrow()
    expect(() => request && indicesOf(request, other)).toThrow()
  })

  test('signs with all secrets while one is changed', async () => {
    await using end = await receiver()
    await webhookExporter({ url: end.url, secret: [secret, other] }).export(
      await sealedRecords(1),
      signal()
    )
    const [request] = end.seen
    if (!request) throw new Error('no request')
    expect([indicesOf(request), indicesOf(request, other)]).toEqual([[0], [0]])
  })

  test('sends a batch again under the same id with the same body, another under another', async () => {
    await using end = await receiver(503)
    const exporter = webhookExporter({ url: end.url, secret })
    const records = await sealedRecords(4)
    await exporter.export(records.slice(0, 2), signal())
    await exporter.export(records.slice(0, 2), signal())
    await exporter.export(records.slice(2), signal())
    const ids = end.seen.map(({ headers }) => headers['webhook-id'])
    expect(ids[0]).toBe(ids[1])
    expect(end.seen[0]?.body).toBe(end.seen[1]?.body)
    expect(ids[2]).not.toBe(ids[1])
  })

  test('carries records whole: the receiver can check each one', async () => {
    await using end = await receiver()
    const records = await sealedRecords(4)
    await webhookExporter({ url: end.url, secret }).export(records, signal())
    const { data } = JSON.parse(end.seen[0]?.body ?? '')
    for (const [index, record] of records.entries()) {
      const line = JSON.stringify(data.records[index])
      expect(decodeSealed(line)).toEqual(record)
      expect(checkRecord(record, index)).toBeUndefined()
      expect(isObject(data.records[index].header)).toBe(true)
    }
  })

  test.each([
    [200, 'stored'],
    [202, 'stored'],
    [302, 'retry'],
    [400, 'rejected'],
    [401, 'retry'],
    [403, 'retry'],
    [404, 'retry'],
    [405, 'retry'],
    [408, 'retry'],
    [409, 'retry'],
    [410, 'retry'],
    [451, 'retry'],
    [413, 'rejected'],
    [415, 'rejected'],
    [422, 'rejected'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry']
  ])('takes the answer %i as %s', async (answer, status) => {
    await using end = await receiver(answer)
    const result = await webhookExporter({ url: end.url, secret }).export(
      await sealedRecords(1),
      signal()
    )
    expect(result.status).toBe(status)
    if (result.status !== 'stored') {
      expect(String(result.error)).toMatch(new RegExp(`127.0.0.1:\\d+ answered ${answer}\\b`))
    }
  })

  test.each([
    ['seconds', () => '3', 3_000],
    ['a date', () => new Date(Date.now() + 600_000).toUTCString(), 600_000],
    ['no time', () => 'soon', undefined]
  ])('hears Retry-After in %s', async (_name, written, afterMs) => {
    await using end = await receiver({ status: 503, 'retry-after': written() })
    const result = await webhookExporter({ url: end.url, secret }).export(
      await sealedRecords(1),
      signal()
    )
    if (result.status !== 'retry') throw new Error('no retry')
    if (afterMs === undefined) expect(result.afterMs).toBeUndefined()
    else expect(Math.abs((result.afterMs ?? 0) - afterMs)).toBeLessThan(60_000)
  })

  test('a record that encode throws for is refused, not tried for ever', async () => {
    await using end = await receiver()
    const encode = () => {
      throw new Error('quotes a prompt')
    }
    const exporter = webhookExporter({ url: end.url, secret, encode })
    const result = await exporter.export(await sealedRecords(1), signal())
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'export_rejected' } })
    expect((result as { error: Error }).error.message).toMatch(/threw for record 0$/)
  })

  test('says why an end is not reached, without its path', async () => {
    const exporter = webhookExporter({ url: 'http://127.0.0.1:2/hook?token=t0p', secret })
    const result = await exporter.export(await sealedRecords(1), signal())
    expect(result).toMatchObject({ status: 'retry', error: { code: 'export_failed' } })
    const { message } = (result as { error: Error }).error
    expect(message).toMatch(/^127\.0\.0\.1:\d+ was not reached: .*ECONNREFUSED/)
    expect(message).not.toMatch(/t0p/)
  })

  test.each([
    [{ url: 'ftp://x', secret }, /url must begin with https/],
    [{ url: 'https://x', secret: 'whsec_c2hvcnQ=' }, /secret must be whsec_ and the base64 of 24/],
    [{ url: 'https://x', secret: 'plain' }, /secret must be whsec_/],
    [{ url: 'https://x', secret: [] }, /secret must be whsec_/],
    [{ url: 'https://x' }, /secret must be whsec_/],
    [undefined, /webhookExporter takes an object of options: url, secret/],
    [{ url: 'https://x', secret, retries: 3 }, /no option retries/]
  ])('explains %j', (options, message) => {
    expect(() => webhookExporter(options as never)).toThrow(message)
  })
})
