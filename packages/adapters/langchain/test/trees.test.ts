import { wrapFetch } from '@slm-audit/core'
import { openaiChat, wrapOpenAI } from '@slm-audit/openai'
import { fakeServer, memoryLog, treeOf } from '@slm-audit/testing'
import { expectRecord } from '@slm-audit/testing/conformance'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { auditHandler } from '../src/index.ts'
import { answerOf, folder } from './answers.ts'
import { type LangChain, majors } from './majors.ts'

function toolOf({ tool }: LangChain, run: (input: { city: string }) => unknown) {
  const schema = z.object({ city: z.string() })
  return tool(run as never, { name: 'weather', description: 'd', schema } as never)
}

describe.each(majors)('$name', ({ name, langchain, connect }) => {
  test('a chain: prompt, model, lambda', async () => {
    const { log, calls } = memoryLog()
    const prompt = langchain.ChatPromptTemplate.fromMessages([['human', '{topic}']])
    const model = new langchain.FakeListChatModel({ responses: ['yes'] })
    const last = langchain.RunnableLambda.from(() => 'done').withConfig({ runName: 'last' })
    const chain = prompt.pipe(model).pipe(last)
    const run = (callbacks: object[]) =>
      chain.invoke(
        { topic: 'rain' },
        { callbacks: callbacks as never, tags: ['mine'], metadata: { a: 1 } }
      )
    expect(await log.withContext({ user: 'u' }, () => run([auditHandler(log)]))).toBe(await run([]))
    const found = await calls()
    expect(treeOf(found)).toEqual([
      'step RunnableSequence',
      '  step ChatPromptTemplate',
      '  call chat',
      '  step last'
    ])
    expect(found[0]?.contents).toEqual({
      input: { topic: 'rain' },
      output: { output: 'done' },
      settings: { tags: ['mine'], metadata: { a: 1 } }
    })
    expect(found[0]?.record.context).toEqual({ user: 'u' })
    expect(found[2]?.contents).toMatchObject({
      input: [{ type: 'human', content: 'rain' }],
      output: [{ type: 'ai', content: 'yes' }]
    })
    expect(found[2]?.record.response).toBeUndefined()
  })

  test('a completion model that streams, and one that fails', async () => {
    const { log, calls } = memoryLog()
    const callbacks = [auditHandler(log)]
    const model = new langchain.FakeStreamingLLM({ responses: ['abc'] })
    let seen = ''
    for await (const token of await model.stream('say', { callbacks })) seen += token
    expect(seen).toBe('abc')
    const failing = new langchain.FakeStreamingChatModel({ thrownErrorString: 'no model' } as never)
    await expect(failing.invoke('x', { callbacks })).rejects.toThrow('no model')
    const [streamed, failed] = await calls()
    expect(streamed?.record).toMatchObject({
      call: { operation: 'text_completion' },
      timing: { chunks: 3 }
    })
    expect(streamed?.contents).toEqual({ input: 'say', output: ['abc'] })
    expect(failed?.stage).toBe('error')
    expect(failed?.contents.error).toBe('no model')
  })

  test('tools and retrievers', async () => {
    const { log, calls } = memoryLog()
    const callbacks = [auditHandler(log)]
    const weather = toolOf(langchain, ({ city }) => `rain in ${city}`)
    await weather.invoke({ city: 'Ulm' } as never, { callbacks })
    const failing = toolOf(langchain, () => Promise.reject(new RangeError('no')))
    await expect(failing.invoke({ city: 'Ulm' } as never, { callbacks })).rejects.toThrow('no')
    class Shelf extends langchain.BaseRetriever {
      lc_namespace = ['test']
      override async _getRelevantDocuments() {
        return [{ pageContent: 'a page', metadata: { source: 'book' } }] as never
      }
    }
    await new Shelf().invoke('rain?', { callbacks })
    const found = await calls()
    expect(treeOf(found)).toEqual(['tool weather', 'tool weather (error)', 'step Shelf'])
    expect(found[0]?.contents).toEqual({ input: { city: 'Ulm' }, output: 'rain in Ulm' })
    expect(found[1]?.record.outcome?.type).toBe('RangeError')
    expect(found[2]?.record.call?.operation).toBe('retrieval')
    if (name === 'langchain 1') {
      expectRecord(found[0], folder('tool'))
      expectRecord(found[2], folder('retriever'))
    }
    expect(found[2]?.contents.output).toMatchObject([{ pageContent: 'a page' }])
  })

  test('a graph: nodes, models, tools under the call that asked, code that uses a client', async () => {
    await using server = await fakeServer(answerOf('tools'), answerOf('plain'), answerOf('plain'))
    const { log, calls, problems } = memoryLog()
    const client = new OpenAI({ apiKey: 'k', baseURL: `${server.url}/v1`, maxRetries: 0 })
    const audited = wrapOpenAI(client, log)
    const weather = toolOf(langchain, async ({ city }) => {
      if (city === 'Oslo') return 'snow'
      const messages = [{ role: 'user' as const, content: city }]
      await audited.chat.completions.create({ model: 'other', messages })
      return 'rain'
    })
    const { model } = connect(server.url)
    const agent = langchain.createReactAgent({ llm: model as never, tools: [weather] as never })
    await agent.invoke({ messages: [['human', 'Weather?']] } as never, {
      callbacks: [auditHandler(log)] as never,
      configurable: { thread_id: 't-1' }
    })
    const found = await calls()
    const graph = treeOf(found)
    expect(graph[0]).toBe('step LangGraph')
    expect(graph.map((line) => line.trim()).filter((line) => line.startsWith('call'))).toHaveLength(
      3
    )
    const tools = found.filter(({ record }) => record.kind === 'tool')
    const kindAbove = tools.map(({ record }) => above(found, record.parent)?.record.kind)
    // LangChain 0.3 does not say which call a tool answers.
    expect(kindAbove).toEqual(name === 'langchain 1' ? ['call', 'call'] : ['step', 'step'])
    const inner = found.find(({ record }) => record.call?.model === 'other')
    expect(above(found, inner?.record.parent)?.record.call?.name).toBe('weather')
    expect(new Set(found.map(({ record }) => record.context?.conversation))).toContain('t-1')
    expect(problems).toEqual([])
  })

  test('a wrapped client below gives one record of each turn, those after tools too', async () => {
    await using server = await fakeServer(answerOf('tools'), answerOf('plain'))
    const { log, calls } = memoryLog()
    const weather = toolOf(langchain, async () => ({ sky: ['rain'] }))
    const { model } = connect(server.url, { fetch: wrapFetch(log, [openaiChat]) })
    const agent = langchain.createReactAgent({ llm: model as never, tools: [weather] as never })
    const asked = { messages: [{ role: 'user', content: 'Weather?', name: 'bob' }] }
    await agent.invoke(asked as never, { callbacks: [auditHandler(log)] as never })
    const models = (await calls()).filter(({ record }) => record.kind === 'call')
    expect(models.map(({ record }) => record.call?.protocol)).toEqual(Array(2).fill('openai.chat'))
    expect(server.requests).toHaveLength(2)
  })

  test('a wrapped client below gives the one record of each model call', async () => {
    await using server = await fakeServer(answerOf('plain'))
    const { log, calls } = memoryLog()
    const { model } = connect(server.url, { fetch: wrapFetch(log, [openaiChat]) })
    const last = langchain.RunnableLambda.from(() => 'done')
    const chain = langchain.ChatPromptTemplate.fromMessages([['human', '{x}']])
      .pipe(model)
      .pipe(last)
    const callbacks = [auditHandler(log), auditHandler(log)] as never
    await chain.batch([{ x: 'rain?' }, { x: 'snow?' }], { callbacks })
    const found = await calls()
    const models = found.filter(({ record }) => record.kind === 'call')
    expect(models.map(({ record }) => record.call?.protocol)).toEqual([
      'openai.chat',
      'openai.chat'
    ])
    expect(models.map(({ record }) => above(found, record.parent)?.contents.input)).toEqual(
      models.map(({ contents }) => {
        const [{ content }] = contents.input as [{ content: string }]
        return { x: content }
      })
    )
  })
})

function above<C extends { auditId: string }>(calls: readonly C[], id: string | undefined) {
  return calls.find(({ auditId }) => auditId === id)
}
