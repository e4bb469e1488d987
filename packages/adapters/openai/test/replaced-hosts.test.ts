import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REPLACED } from './programs/replaced.ts'

/** Answers with the request's body, whole or in pieces, so that a record shows what was sent. */
const server = createServer(async (request, response) => {
  const said = await text(request)
  const facts = { id: 'chat-1', created: 1, model: 'm' }
  if (request.url?.startsWith('/plain')) {
    const message = { role: 'assistant', content: said }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ...facts, object: 'chat.completion', choices }))
    return
  }
  response.setHeader('content-type', 'text/event-stream')
  for (const [delta, reason] of [
    [{ role: 'assistant', content: said.slice(0, 9) }, null],
    [{ content: said.slice(9) }, null],
    [{}, 'stop']
  ]) {
    const choices = [{ index: 0, delta, finish_reason: reason }]
    const chunk = { ...facts, object: 'chat.completion.chunk', choices }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  response.end('data: [DONE]\n\n')
})
server.keepAliveTimeout = 0

let url = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

interface Found {
  readonly name: string
  readonly bare: readonly string[]
  readonly wrapped: readonly string[]
  readonly records: number
  readonly calls: readonly {
    readonly stage: string
    readonly input: unknown
    readonly output: unknown
  }[]
  readonly problems: readonly string[]
}

async function run(when: string, names: readonly string[] = []): Promise<Found[]> {
  const program = join(import.meta.dirname, 'programs/replaced-host.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, url, when, ...names])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found)
}

/** What the answer to a call says that was sent. */
function sentOf(output: unknown): unknown {
  const [choice] = output as { readonly message: { readonly content: string } }[]
  return (JSON.parse(choice?.message.content ?? '') as { readonly messages?: unknown }).messages
}

function check({ bare, wrapped, calls, records, problems }: Found): void {
  expect(wrapped).toEqual(bare)
  expect(problems).toEqual([])
  expect(records).toBe(2 * calls.length)
  const complete = calls.filter(({ stage }) => stage === 'complete')
  // A host that cannot read an answer which came whole has its record all the same.
  const given = bare.filter((outcome) => outcome.startsWith('gave')).length
  expect(complete.length).toBeGreaterThanOrEqual(given)
  for (const { input, output } of complete) {
    if (input === 'in process')
      expect([{ text: input }, [{ text: input }, { text: ' again' }]]).toContainEqual(output)
    else expect(sentOf(output)).toEqual(input)
  }
}

describe.each(['before each call', 'while each call runs'])('replaced %s', (when) => {
  test('the host is as it is without us, and each call has its records', async () => {
    const found = await run(when)
    expect(found.map(({ name }) => name)).toEqual(Object.keys(REPLACED))
    for (const one of found) check(one)
  }, 120_000)
})

test('what was replaced before the import is met by neither', async () => {
  const names = Object.keys(REPLACED).filter((name) => / on all (objects|lists)$/.test(name))
  const found = await run('before the import', names)
  expect(found.map(({ name }) => name)).toEqual(names)
  for (const one of found) check(one)
}, 120_000)
