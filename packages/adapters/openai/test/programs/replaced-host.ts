// Calls of an application that has replaced what the language gives: made by the bare clients and by
// wrapped ones, and what is recorded of them, a line of JSON for each kind. Arguments: the server, when, and names.
import { OpenAI } from 'openai'
import { REPLACED } from './replaced.ts'

const [, , url, when, ...names] = process.argv
const { stringify } = JSON
const bareFetch = globalThis.fetch
const say = process.stdout.write.bind(process.stdout)

const ask = (stream: boolean, content: string) => ({
  model: 'm',
  messages: [{ role: 'user' as const, content }],
  stream
})
const sent = stringify(ask(false, 'by fetch'))
const sentStreamed = stringify(ask(true, 'by fetch'))

const bareModel = {
  async answer(input: string) {
    return { text: input }
  },
  async *words(input: string) {
    yield { text: input }
    yield { text: ' again' }
  }
}

interface Clients {
  readonly plain: OpenAI
  readonly streamed: OpenAI
  readonly fetch: typeof fetch
  readonly model: typeof bareModel
}

/** What an application does; it calls `meanwhile` when a call has begun. */
const CALLS: readonly ((clients: Clients, meanwhile: () => void) => Promise<unknown>)[] = [
  async ({ plain }, meanwhile) => {
    const promise = plain.chat.completions.create({ ...ask(false, 'by client'), stream: false })
    meanwhile()
    return (await promise).choices[0]?.message.content
  },
  async ({ streamed }, meanwhile) => {
    const stream = await streamed.chat.completions.create({
      ...ask(true, 'by client'),
      stream: true
    })
    let text = ''
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      meanwhile()
    }
    return text
  },
  async ({ fetch }, meanwhile) => {
    const response = await fetch(`${url}/plain/chat/completions`, { method: 'POST', body: sent })
    meanwhile()
    return response.text()
  },
  async ({ fetch }, meanwhile) => {
    const body = sentStreamed
    const response = await fetch(`${url}/streamed/chat/completions`, { method: 'POST', body })
    const reader = response.body?.getReader()
    let length = 0
    for (;;) {
      const part = await reader?.read()
      if (part?.value === undefined) return length
      meanwhile()
      length += part.value.length
    }
  },
  async ({ model }, meanwhile) => {
    const promise = model.answer('in process')
    meanwhile()
    return (await promise).text
  },
  async ({ model }, meanwhile) => {
    let text = ''
    for await (const word of model.words('in process')) {
      text += word.text
      meanwhile()
    }
    return text
  }
]

function clientsOf(fetch: typeof bareFetch, model: typeof bareModel, wrap = (one: OpenAI) => one) {
  const client = (path: string) =>
    wrap(new OpenAI({ apiKey: 'key', baseURL: `${url}/${path}`, maxRetries: 0 }))
  return { plain: client('plain'), streamed: client('streamed'), fetch, model }
}

/** What each call gives or throws, with `name` replaced before it or meanwhile. */
async function outcomes(name: string, clients: Clients, after: () => Promise<void>) {
  const found: string[] = []
  for (const call of CALLS) {
    let undo: (() => void) | undefined
    const replace = () => {
      undo ??= REPLACED[name]?.()
    }
    if (when !== 'while each call runs') replace()
    let outcome: string
    try {
      outcome = `gave ${await call(clients, replace)}`
    } catch (error) {
      outcome = `threw ${error}`
    }
    await after()
    undo?.()
    found.push(outcome)
  }
  return found
}

const atImport = when === 'before the import' ? names.map((name) => REPLACED[name]?.()) : []
const { createAuditLog, memoryJournal, wrapFetch, wrapMethod } = await import('@slm-audit/core')
const { nodePlatform } = await import('@slm-audit/core/node')
const { openaiProtocols, wrapOpenAI } = await import('../../src/index.ts')
const { callsOf } = await import('@slm-audit/testing')
for (const undo of atImport.toReversed()) undo?.()

for (const name of names.length > 0 ? names : Object.keys(REPLACED)) {
  const problems: string[] = []
  const bare = await outcomes(name, clientsOf(bareFetch, bareModel), async () => undefined)
  const journal = memoryJournal()
  const log = createAuditLog({
    journal,
    platform: nodePlatform(),
    onProblem: ({ message }) => void problems.push(message)
  })
  const model = { ...bareModel }
  const input = {
    readRequest: ([input]: [string]) => ({ operation: 'chat', provider: 'p', input })
  }
  wrapMethod(log, model, 'answer', input)
  wrapMethod(log, model, 'words', input)
  const wrapped = await outcomes(
    name,
    clientsOf(wrapFetch(log, openaiProtocols, bareFetch), model, (one) => wrapOpenAI(one, log)),
    () => log.flush()
  )
  await log.close()
  const calls = callsOf(journal.records).map(({ stage, contents }) => ({ stage, ...contents }))
  say(`${stringify({ name, bare, wrapped, records: journal.records.length, calls, problems })}\n`)
}
