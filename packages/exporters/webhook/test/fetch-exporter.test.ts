import { checkRecord, decodeSealed } from '@slm-audit/core/reader'
import { sealedRecords } from '@slm-audit/testing'
import { type ExporterFault, REFUSED_INDEX, testExporter } from '@slm-audit/testing/conformance'
import { fetchExporter } from '@slm-audit/webhook'
import { expect, test } from 'vitest'

const url = 'https://app.example/audit'
const signal = () => AbortSignal.timeout(60_000)

/** A fetch that notes what it is asked, and does what a fault says. */
function newBackend() {
  const seen: { url: string; init: RequestInit; body: string }[] = []
  const received: number[] = []
  let fault: ExporterFault | undefined
  const answer = (status: number, headers = {}) => new Response(null, { status, headers })
  const backend = async (to: URL | RequestInfo, init: RequestInit = {}): Promise<Response> => {
    const body = String(init.body)
    seen.push({ url: String(to), init, body })
    const { data } = JSON.parse(body) as { data: { records: { index: number }[] } }
    const indices = data.records.map(({ index }) => index)
    if (fault === 'hang') {
      return await new Promise<never>((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      })
    }
    if (fault === 'down') throw new TypeError('Failed to fetch')
    if (fault === 'busy') return answer(429, { 'retry-after': '1' })
    if (fault === 'refuse' && indices.includes(REFUSED_INDEX)) return answer(422)
    received.push(...indices)
    return answer(204)
  }
  return {
    fetch: backend,
    seen,
    received,
    cause(next: ExporterFault | undefined) {
      fault = next
    }
  }
}

testExporter({
  name: 'fetch',
  faults: ['down', 'hang', 'busy', 'refuse'],
  make() {
    const { fetch, received, cause } = newBackend()
    return {
      open: () => fetchExporter({ url, fetch }),
      received: () => received,
      cause,
      [Symbol.asyncDispose]: async () => undefined
    }
  }
})

test('posts records whole, with headers made anew and an id that names the batch', async () => {
  const { fetch, seen } = newBackend()
  let count = 0
  const headers = async () => ({ authorization: `Bearer ${++count}` })
  const exporter = fetchExporter({ url, fetch, headers, credentials: 'include' })
  const records = await sealedRecords(2)
  await exporter.export(records, signal())
  await exporter.export(records, signal())
  const sent = seen.map(({ init }) => init.headers as { readonly [name: string]: string })
  expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  expect(new Set(sent.map((each) => each['records-id'])).size).toBe(1)
  expect(seen[0]?.init).toMatchObject({
    method: 'POST',
    credentials: 'include',
    redirect: 'manual'
  })
  const { data } = JSON.parse(seen[0]?.body ?? '')
  const lines: unknown[] = data.records
  expect(lines.map((line) => decodeSealed(JSON.stringify(line)))).toEqual(records)
  expect(records.map((record, index) => checkRecord(record, index))).toEqual([undefined, undefined])
})

test('asks to outlive the page only as far as browsers allow', async () => {
  const { fetch, seen } = newBackend()
  const exporter = fetchExporter({ url, fetch })
  const [record] = await sealedRecords(1)
  if (record === undefined) throw new Error('no record')
  const body = new Uint8Array(70_000).fill(97)
  const large = { ...record, contents: [{ name: 'x', type: 'text/plain', salt: body, body }] }
  await exporter.export([record], signal())
  await exporter.export([large], signal())
  expect(seen.map(({ init }) => init.keepalive)).toEqual([true, false])
})

test('a redirect as browsers show it is tried again', async () => {
  const fetch = async () => Response.error()
  const result = await fetchExporter({ url, fetch }).export(await sealedRecords(1), signal())
  expect(result.status).toBe('retry')
})

test.each([
  [{ url: '/audit' }, /url must begin with https/],
  [{ url, headers: 'none' }, /headers must be an object, or a function/],
  [{ url, secret: 'x' }, /no option secret/]
])('explains %j', (options, message) => {
  expect(() => fetchExporter(options as never)).toThrow(message)
})
