import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import {
  BedrockRuntime,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand
} from '@aws-sdk/client-bedrock-runtime'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { collect } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { wrapBedrock } from '../src/index.ts'
import { connect, versions } from './clients.ts'

const answer = readFileSync(new URL('../fixtures/converse/response.json', import.meta.url))
const frames = readFileSync(new URL('../fixtures/converse-streamed/chunks.bin', import.meta.url))
const params = { modelId: 'm', messages: [] }
const region = 'us-east-1'
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'none' }

/** A server that speaks HTTP/2 without TLS, as the SDK's default handler does with `http:`. */
async function http2Server() {
  const server = createServer((request, response) => {
    const isStream = request.url.endsWith('-stream')
    const type = isStream ? 'application/vnd.amazon.eventstream' : 'application/json'
    response.writeHead(200, { 'content-type': type, 'x-amzn-requestid': 'req-2' })
    response.end(isStream ? frames : answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

test('over HTTP/2, which newer clients speak by default', async () => {
  await using server = await http2Server()
  const { log, calls } = memoryLog()
  const bare = new BedrockRuntimeClient({ region, credentials, endpoint: server.url })
  const client = wrapBedrock(bare, log)
  expect(client).toBe(bare)
  await client.send(new ConverseCommand(params))
  const { stream } = await client.send(new ConverseStreamCommand(params))
  expect(await collect(stream as AsyncIterable<unknown>)).toHaveLength(17)
  client.destroy()
  const recorded = await calls()
  expect(recorded.map(({ stage, record }) => [stage, record.response?.requestId])).toEqual([
    ['complete', 'req-2'],
    ['complete', 'req-2']
  ])
})

test('shortcuts of the aggregated client are recorded; a log beside it hears all, too', async () => {
  await using server = await fakeServer({ chunks: [answer] })
  const first = memoryLog()
  const second = memoryLog()
  const { config } = connect(versions[0] as (typeof versions)[0], server.url)
  const client = new BedrockRuntime({
    region,
    credentials,
    endpoint: server.url,
    requestHandler: config.requestHandler
  })
  wrapBedrock(wrapBedrock(client, first.log), second.log)
  await first.log.withContext({ user: 'u-1' }, () => client.converse(params))
  for (const { calls } of [first, second]) {
    expect((await calls()).map(({ stage }) => stage)).toEqual(['complete'])
  }
  expect((await first.calls())[0]?.record.context?.user).toBe('u-1')
})

test.each(versions)(
  '$name: where the log says so, the answer waits for its record',
  async (version) => {
    await using server = await fakeServer(
      { chunks: [answer] },
      { headers: { 'content-type': 'application/vnd.amazon.eventstream' }, chunks: [frames] }
    )
    const { log, journal } = memoryLog({ mode: 'blocking' })
    const client = wrapBedrock(connect(version, server.url), log)
    await client.send(new version.sdk.ConverseCommand(params))
    expect(journal.records).toHaveLength(2)
    const { stream } = await client.send(new version.sdk.ConverseStreamCommand(params))
    await collect(stream as AsyncIterable<unknown>)
    expect(journal.records).toHaveLength(4)
  }
)

test('bad arguments are named', () => {
  const { log } = memoryLog()
  expect(() => wrapBedrock({}, log)).toThrow(/not a client of the @aws-sdk\/client-bedrock-runtime/)
})
