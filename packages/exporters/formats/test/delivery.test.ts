import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { consoleExporter } from '@slm-audit/console'
import { memoryLog } from '@slm-audit/testing'
import { webhookExporter } from '@slm-audit/webhook'
import { HTTP } from 'cloudevents'
import { expect, test } from 'vitest'
import { toCef, toCloudEvent } from '../src/index.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const request = { operation: 'chat', provider: 'test', model: 'm', input: 'hi' }

test('a webhook gets CloudEvents in a batch that the SDK of the specification reads', async () => {
  const seen: { readonly headers: object; readonly body: string }[] = []
  const server = createServer(async (incoming, response) => {
    let body = ''
    for await (const part of incoming) body += part
    seen.push({ headers: incoming.headers, body })
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { log } = memoryLog()
  log.addExporter(
    webhookExporter({
      url: `http://127.0.0.1:${port}`,
      secret,
      encode: (sealed) => toCloudEvent(sealed),
      contentType: 'application/cloudevents-batch+json'
    })
  )
  log.open(request).complete({ output: 'hello' })
  await log.close()
  server.close()
  const types = seen.flatMap(({ headers, body }) => {
    const events = HTTP.toEvent({ headers: { ...headers }, body })
    return [events].flat().map(({ type }) => type)
  })
  expect(types).toEqual(['slm-audit.call.received', 'slm-audit.call.complete'])
})

test('a stream, such as a file or a socket, gets lines of CEF', async () => {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    }
  })
  const { log } = memoryLog()
  log.addExporter(consoleExporter({ stream, format: (sealed) => toCef(sealed) }))
  log.open(request).complete({ output: 'hello' })
  await log.close()
  const lines = text.trimEnd().split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatch(
    /^CEF:0\|slm-audit\|slm-audit\|[\d.]+\|call\.complete\|chat complete\|1\|/
  )
})
