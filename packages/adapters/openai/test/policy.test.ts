import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, createAuditLog, type PolicyDocument } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import OpenAI from 'openai'
import { afterAll, expect, test } from 'vitest'
import { ALL_CANARIES } from '../../../testing/src/fixtures/canaries.ts'
import { wrapOpenAI } from '../src/index.ts'

const root = mkdtempSync(join(tmpdir(), 'slm-audit-openai-policy-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

type Answer = (attempt: number) => Response

/** A client that a fetch of the test answers, and how often it was asked. */
async function opened(policy: PolicyDocument, answer: Answer) {
  const folder = mkdtempSync(join(root, 'log-'))
  const file = join(folder, 'audit.db')
  const problems: unknown[] = []
  const log = createAuditLog({
    journal: await sqliteJournal({ file }),
    platform: nodePlatform(),
    policy,
    onProblem: (problem) => problems.push(problem)
  })
  const seen = { requests: 0 }
  const fetch = async () => answer(seen.requests++)
  const client = wrapOpenAI(new OpenAI({ apiKey: 'k', fetch, maxRetries: 1 }), log)
  return { folder, file, log, client, seen, problems }
}

/** Server-sent events, one byte a chunk. */
function bytewise(events: readonly object[]): Response {
  const text = [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n']
  const bytes = new TextEncoder().encode(text.join(''))
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, ++at))
      else controller.close()
    }
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const chunk = (delta: object) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta }]
})

/** The events of an answer that says a text in pieces of five characters, and asks for a tool with it. */
function eventsOf(text: string) {
  const pieces = text.match(/[\s\S]{1,5}/g) ?? []
  const args = JSON.stringify({ query: text }).match(/[\s\S]{1,5}/g) ?? []
  return [
    ...pieces.map((content) => chunk({ content })),
    ...pieces.map((reasoning_content) => chunk({ reasoning_content })),
    ...args.map((part, at) =>
      chunk({
        tool_calls: [
          {
            index: 0,
            ...(at === 0 && { id: 't', type: 'function' }),
            function: { ...(at === 0 && { name: 'find' }), arguments: part }
          }
        ]
      })
    )
  ]
}

const streamed = (text: string) => ({
  model: 'm',
  stream: true as const,
  user: text,
  messages: [{ role: 'user' as const, content: text }]
})

async function read(client: OpenAI, text: string, isAborted = false): Promise<void> {
  const stream = await client.chat.completions.create(streamed(text))
  for await (const _ of stream) if (isAborted) break
}

function bytesIn(folder: string): Buffer {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name)
  )
  return Buffer.concat(
    paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path))
  )
}

const refusal = (text: string) =>
  Response.json({ error: { message: text, type: 'invalid_request_error' } }, { status: 400 })

const scenarios: {
  readonly [name: string]: (text: string) => readonly [Answer, (client: OpenAI) => Promise<unknown>]
} = {
  'a stream, byte by byte': (text) => [
    () => bytewise(eventsOf(text)),
    (client) => read(client, text)
  ],
  'a stream that the application leaves': (text) => [
    () => bytewise(eventsOf(text)),
    (client) => read(client, text, true)
  ],
  'an error of the provider': (text) => [
    () => refusal(text),
    (client) => read(client, text).catch(() => undefined)
  ],
  'an answer after a retry': (text) => [
    (attempt) => (attempt === 0 ? new Response(text, { status: 500 }) : bytewise(eventsOf(text))),
    (client) => read(client, text)
  ],
  'a failure of the network': (text) => [
    () => {
      throw new TypeError(text)
    },
    (client) => read(client, text).catch(() => undefined)
  ]
}

const redacting: PolicyDocument = {
  rules: [{ level: 'RequestResponse', redact: [{ detectors: ['secrets', 'personal'] }] }]
}

test.each(Object.entries(scenarios))(
  'no canary is stored of %s',
  { timeout: 120_000 },
  async (_, scenario) => {
    // All of them in one text: 40 calls would say no more.
    const text = ALL_CANARIES.map((canary) => canary.text).join('\n')
    const [answer, ask] = scenario(text)
    const { folder, log, client, problems } = await opened(redacting, answer)
    await ask(client)
    await log.flush()
    const open = bytesIn(folder)
    await log.close()
    const stored = bytesIn(folder)
    for (const { value } of ALL_CANARIES) {
      for (const form of [value, JSON.stringify(value).slice(1, -1)]) {
        expect(open.includes(form) || stored.includes(form) ? value : '').toBe('')
      }
    }
    expect(stored.includes('Please note')).toBe(true)
    expect(problems).toEqual([])
  }
)

test('a call that the policy denies sends nothing, is one record, and names the rule', async () => {
  const rules = [
    { name: 'no-big', level: 'Request', match: { models: 'gpt-*' }, deny: 'use the small model' },
    { name: 'rest', level: 'Metadata' }
  ] as const
  const { file, log, client, seen } = await opened({ rules }, () => bytewise(eventsOf('hi')))
  const create = (model: string) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'q' }] })
  const failure = await create('gpt-9').catch((error: unknown) => error)
  expect((failure as Error).cause).toMatchObject({
    code: 'denied',
    message: 'the policy denies the call by its rule no-big: use the small model'
  })
  expect(seen.requests).toBe(0)
  await read(client, 'hi')
  expect(seen.requests).toBe(1)
  await log.close()
  expect(await stagesIn(file)).toEqual([
    ['denied', 'no-big'],
    ['complete', 'rest']
  ])
})

async function stagesIn(file: string) {
  await using reader = await openReader(file)
  const { items } = await reader.query({})
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  expect(items.map(({ stage }) => stage).sort()).toEqual(calls.map((call) => call?.stage).sort())
  return calls.map((call) => [call?.stage, call?.record.policy?.rule]).reverse()
}

test('what a level leaves out is not on the disk either', async () => {
  const { folder, log, client } = await opened({ rules: [{ level: 'Metadata' }] }, () =>
    bytewise(eventsOf('the answer of the model'))
  )
  await read(client, 'the question of the user')
  await (log satisfies AuditLog).close()
  const stored = bytesIn(folder)
  expect(stored.includes('the question') || stored.includes('the answer')).toBe(false)
})
