import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type * as newest from '@aws-sdk/client-bedrock-runtime'
import { type AuditedCall, textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'

type Client = newest.BedrockRuntimeClient

const eventStream = { 'content-type': 'application/vnd.amazon.eventstream' }
const bytesOf = (path: string) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url))
const plain = (name: string): Answer => ({ chunks: [bytesOf(`${name}/response.json`)] })
const streamed = (name: string): Answer => ({
  headers: eventStream,
  chunks: [bytesOf(`${name}/chunks.bin`)]
})

const modelId = 'amazon.nova-lite-v1:0'
const messages: newest.Message[] = [{ role: 'user', content: [{ text: 'Hello?' }] }]
const invoked = { modelId, body: JSON.stringify({ prompt: 'Hello?' }) }

const facts = (calls: readonly AuditedCall[]) =>
  calls.map(({ stage, record, contents }) => [
    stage,
    record.call?.protocol,
    record.outcome?.by ?? record.outcome?.type,
    textOf(contents.output)
  ])

/** A message of the event stream, made by another implementation of its checksums than ours. */
function exceptionFrame(type: string, payload: string): Uint8Array {
  const header = (name: string, value: string) =>
    Buffer.concat([
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([7, 0, value.length]),
      Buffer.from(value)
    ])
  const headers = Buffer.concat([
    header(':message-type', 'exception'),
    header(':exception-type', type),
    header(':content-type', 'application/json')
  ])
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const lengths = [uint32(16 + headers.length + payload.length), uint32(headers.length)]
  const prelude = Buffer.concat(lengths)
  const body = Buffer.concat([prelude, uint32(crc32(prelude)), headers, Buffer.from(payload)])
  return Buffer.concat([body, uint32(crc32(body))])
}

/** Bytes of the stream's first message. */
const beginning = bytesOf('converse-streamed/chunks.bin').readUInt32BE(0)

const counted = {
  'x-amzn-bedrock-input-token-count': '11',
  'x-amzn-bedrock-output-token-count': '4'
}

/** What applications do with this client alone. */
export const scenarios = (sdk: typeof newest): readonly ClientScenario<Client>[] => [
  {
    name: 'InvokeModel, whose bytes are untouched',
    answers: [plain('invoke-llama')],
    async run(client) {
      const { body, contentType } = await client.send(new sdk.InvokeModelCommand(invoked))
      return [contentType, body.transformToString()]
    },
    check: (calls) => {
      expect(facts(calls)).toEqual([['complete', 'bedrock.invoke', undefined, ' there.']])
      expect(calls[0]?.record.call?.client?.name).toBe('aws-sdk-js')
    }
  },
  {
    name: 'InvokeModelWithResponseStream',
    answers: [streamed('invoke-nova-streamed')],
    async run(client) {
      const command = new sdk.InvokeModelWithResponseStreamCommand(invoked)
      const { body } = await client.send(command)
      return collect(body as AsyncIterable<unknown>)
    },
    check: (calls) =>
      expect(facts(calls)).toEqual([['complete', 'bedrock.invoke', undefined, 'Hello.']])
  },
  {
    name: 'with a callback',
    answers: [plain('converse-guardrail')],
    run: (client) =>
      new Promise((resolve) => {
        const command = new sdk.ConverseCommand({ modelId, messages })
        client.send(command, (error, answer) => resolve([error, answer?.stopReason]))
      }),
    check: (calls) =>
      expect(calls.map(({ record }) => record.response?.finish)).toEqual([['content_filter']])
  },
  {
    name: 'an exception in mid-stream',
    answers: [
      {
        headers: eventStream,
        chunks: [
          bytesOf('converse-streamed/chunks.bin').subarray(0, beginning),
          exceptionFrame('throttlingException', '{"message":"Too many tokens."}')
        ]
      }
    ],
    run(client) {
      const seen: unknown[] = []
      return outcomeOf(async () => {
        const { stream } = await client.send(new sdk.ConverseStreamCommand({ modelId, messages }))
        return collect(stream as AsyncIterable<unknown>, seen)
      })
    },
    check(calls) {
      expect(calls).toHaveLength(1)
      expect(calls[0]?.record.outcome?.type).toBe('throttlingException')
    }
  },
  {
    name: 'bytes that arrive damaged in mid-stream',
    answers: [
      {
        headers: eventStream,
        chunks: [
          bytesOf('converse-streamed/chunks.bin').subarray(0, beginning),
          exceptionFrame('throttlingException', '{}').fill(1, 20),
          bytesOf('converse-streamed/chunks.bin').subarray(beginning)
        ],
        pauseMs: 5
      }
    ],
    run(client) {
      const seen: unknown[] = []
      return outcomeOf(async () => {
        const { stream } = await client.send(new sdk.ConverseStreamCommand({ modelId, messages }))
        return collect(stream as AsyncIterable<unknown>, seen)
      })
    },
    check: (calls) => expect(calls.map(({ stage }) => stage)).toEqual(['error'])
  },
  {
    name: 'a page in the place of an answer',
    answers: [{ headers: { 'content-type': 'text/html' }, chunks: ['<html>busy</html>'] }],
    run: (client) => outcomeOf(() => client.send(new sdk.ConverseCommand({ modelId, messages }))),
    check: (calls) =>
      expect(facts(calls)).toEqual([
        ['error', 'bedrock.converse', 'malformed_response', '<html>busy</html>']
      ])
  },
  {
    name: 'a refusal that is not tried again',
    answers: [
      {
        status: 400,
        headers: { 'x-amzn-errortype': 'ValidationException:http://internal' },
        chunks: ['{"message":"The model does not take tools."}']
      }
    ],
    retries: 2,
    run: (client) => outcomeOf(() => client.send(new sdk.ConverseCommand({ modelId, messages }))),
    check(calls) {
      expect(facts(calls)).toEqual([['error', 'bedrock.converse', 'ValidationException', '']])
      expect(calls[0]?.record.outcome?.status).toBe(400)
      expect(calls[0]?.record.attempts).toBeUndefined()
    }
  },
  {
    name: 'an answer that breaks off and is tried again',
    answers: [
      { chunks: ['{"output":{"mess'], pauseMs: 5, after: 'destroy' },
      plain('converse-guardrail')
    ],
    retries: 2,
    run: (client) => outcomeOf(() => client.send(new sdk.ConverseCommand({ modelId, messages }))),
    check: (calls) => expect(calls).toHaveLength(1)
  },
  {
    name: 'a request that the client itself refuses is not a call',
    answers: [],
    run: (client) => outcomeOf(() => client.send(new sdk.ConverseCommand({} as never))),
    check: (calls) => expect(calls).toEqual([])
  },
  {
    name: 'ApplyGuardrail',
    answers: [plain('apply-guardrail')],
    run: (client) =>
      client.send(
        new sdk.ApplyGuardrailCommand({
          guardrailIdentifier: 'gr-abc123',
          guardrailVersion: '1',
          source: 'INPUT',
          content: [{ text: { text: 'Which shares?' } }]
        })
      ),
    check(calls) {
      expect(calls.map(({ record: { call } }) => [call?.operation, call?.settings])).toEqual([
        ['moderation', { source: 'INPUT' }]
      ])
      expect(calls[0]?.contents.settings).toEqual({
        guardrailIdentifier: 'gr-abc123',
        guardrailVersion: '1'
      })
      expect(calls[0]?.record.response?.finish).toEqual(['content_filter'])
      expect(textOf(calls[0]?.contents.output)).toBe('I cannot advise on that.')
    }
  },
  {
    name: 'InvokeModel with a guardrail; counts in headers',
    answers: [{ ...plain('invoke-mistral'), headers: counted }],
    async run(client) {
      const guardrail = { guardrailIdentifier: 'gr-abc123', guardrailVersion: '1' }
      const command = new sdk.InvokeModelCommand({ ...invoked, ...guardrail, trace: 'ENABLED' })
      return (await client.send(command)).body.transformToString()
    },
    check([call]) {
      expect(call?.record.call?.settings).toMatchObject({ 'x-amzn-bedrock-trace': 'ENABLED' })
      expect(call?.contents.settings).toMatchObject({
        'x-amzn-bedrock-guardrailidentifier': 'gr-abc123'
      })
      expect(call?.record.response?.usage).toMatchObject({ inputTokens: 11, outputTokens: 4 })
    }
  },
  {
    name: 'what asks no model passes through',
    answers: [{ chunks: ['{"asyncInvokeSummaries":[]}'] }],
    run: (client) => client.send(new sdk.ListAsyncInvokesCommand({})),
    check: (calls) => expect(calls).toEqual([])
  }
]

/** What only the newest client has. */
export const newestScenarios = (sdk: typeof newest): readonly ClientScenario<Client>[] => [
  {
    name: 'CountTokens',
    answers: [plain('count-tokens')],
    run: (client) =>
      client.send(new sdk.CountTokensCommand({ modelId, input: { converse: { messages } } })),
    check(calls) {
      expect(calls.map(({ record: { call } }) => call?.operation)).toEqual(['count_tokens'])
      expect(textOf(calls[0]?.contents.input)).toBe('Hello?')
      expect(calls[0]?.record.response?.usage?.inputTokens).toBe(14)
    }
  },
  {
    name: 'StartAsyncInvoke',
    answers: [plain('async-invoke')],
    run: (client) =>
      client.send(
        new sdk.StartAsyncInvokeCommand({
          modelId: 'amazon.nova-reel-v1:1',
          modelInput: { taskType: 'TEXT_VIDEO' },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://videos' } },
          clientRequestToken: 't'
        })
      ),
    check(calls) {
      expect(calls.map(({ record: { call } }) => [call?.operation, call?.model])).toEqual([
        ['async_invoke', 'amazon.nova-reel-v1:1']
      ])
      expect(calls[0]?.record.response?.id).toMatch(/async-invoke\/s7w5xx1dsl2g$/)
    }
  }
]
