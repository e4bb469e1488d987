import { wrapFetch } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { type Answer, fakeServer, memoryLog, treeOf } from '@slm-audit/testing'
import { createAgent } from 'langchain'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { auditHandler } from '../src/index.ts'
import { answerOf } from './answers.ts'
import { type LangChain, majors } from './majors.ts'

const asked = { messages: [['human', 'Weather?']] } as never
const beginning: Answer = { ...answerOf('streamed', 3), after: 'hang' }

/** Plays a run without and with the handler, which must give the same. */
async function play(
  answers: readonly Answer[],
  run: (url: string, options: object) => unknown,
  fetchOf?: (log: ReturnType<typeof memoryLog>['log']) => typeof fetch
) {
  await using server = await fakeServer(...answers)
  const outcome = async (options: object) => {
    try {
      return await run(server.url, options)
    } catch (error) {
      return { name: (error as Error).name, message: (error as Error).message }
    }
  }
  const control = await outcome({})
  server.answer(...answers)
  const { log, calls, problems } = memoryLog()
  const callbacks = [auditHandler(log), auditHandler(log)]
  const seen = await outcome({ callbacks, ...(fetchOf && { fetch: fetchOf(log) }) })
  expect(JSON.stringify(seen)).toBe(JSON.stringify(control))
  expect(problems).toEqual([])
  return calls()
}

/** A graph that asks a person, then runs a graph that sends it on to its end. */
function steeringGraph({ Annotation, Command, interrupt, MemorySaver, StateGraph }: LangChain) {
  const State = Annotation.Root({ said: Annotation<string> })
  const inner = () => {
    const update = { said: 'from inside' }
    return new Command({ graph: Command.PARENT, goto: 'last', update })
  }
  const sub = new StateGraph(State)
    .addNode('inner', inner as never)
    .addEdge('__start__', 'inner')
    .compile()
  return new StateGraph(State)
    .addNode('ask', () => ({ said: String(interrupt('who?')) }))
    .addNode('sub', sub as never, { ends: ['last'] } as never)
    .addNode('last', ({ said }: { said: string }) => ({ said: `${said}!` }))
    .addEdge('__start__', 'ask')
    .addEdge('ask', 'sub')
    .addEdge('last', '__end__')
    .compile({ checkpointer: new MemorySaver() })
}

describe.each(majors)('$name, graphs', ({ langchain, connect }) => {
  const weather = langchain.tool(
    (async ({ city }: { city: string }) => {
      if (city === 'Oslo') throw new RangeError('no weather there')
      return `rain in ${city}`
    }) as never,
    { name: 'weather', description: 'd', schema: z.object({ city: z.string() }) } as never
  )

  function agentOf(url: string, options: object) {
    const { model } = connect(url, options)
    return langchain.createReactAgent({ llm: model as never, tools: [weather] as never })
  }

  test('a tool that fails is an error, and the agent goes on', async () => {
    const answers = [answerOf('tools'), answerOf('plain')]
    const calls = await play(answers, async (url, options) => {
      const { messages } = await agentOf(url, options).invoke(asked, options)
      return messages.map(({ content }) => content)
    })
    const tools = calls.filter(({ record }) => record.kind === 'tool')
    expect(tools.map(({ stage }) => stage)).toEqual(['complete', 'error'])
    expect(tools[1]?.record.outcome?.type).toBe('RangeError')
    expect(calls[0]?.stage).toBe('complete')
  })

  test('an abort cancels the graph and all in it', async () => {
    const calls = await play([{ before: 'hang' }], (url, options) => {
      const stop = new AbortController()
      const fetch: typeof globalThis.fetch = (...args) => {
        setTimeout(() => stop.abort(), 5)
        return globalThis.fetch(...args)
      }
      return agentOf(url, { fetch }).invoke(asked, { ...options, signal: stop.signal })
    })
    const ends = calls.map(({ record }) => [record.kind, record.outcome?.by])
    expect(ends[0]).toEqual(['step', 'signal'])
    expect(ends.at(-1)).toEqual(['call', 'signal'])
    expect(calls.filter(({ stage }) => stage === 'error')).toEqual([])
  })

  test('what steers a graph is not an error: an interrupt, a command to the graph around', async () => {
    const calls = await play([], async (_url, options) => {
      const graph = steeringGraph(langchain)
      const config = { ...options, configurable: { thread_id: 't-1' } }
      await graph.invoke({ said: 'x' }, config)
      return graph.invoke(new langchain.Command({ resume: 'me' }) as never, config)
    })
    expect(new Set(calls.map(({ stage }) => stage))).toEqual(new Set(['complete']))
    const named = (name: string) => calls.filter(({ record }) => record.call?.name === name)
    expect(named('ask')[0]?.contents.output).toMatchObject([{ value: 'who?' }])
    expect(named('ask')[0]?.record.response?.details).toEqual({ control: 'GraphInterrupt' })
    expect(named('inner')[0]?.contents.output).toMatchObject({ update: { said: 'from inside' } })
    expect(new Set(calls.map(({ record }) => record.context?.conversation))).toContain('t-1')
  })

  test('branches at once, and a wrapped client below that is asked the same by both', async () => {
    const calls = await play(
      [answerOf('plain')],
      async (url, options) => {
        const { Annotation, Send, StateGraph } = langchain
        const { model } = connect(url, options)
        const reducer = (all: string[], more: string[]) => all.concat(more)
        const State = Annotation.Root({
          text: Annotation<string>,
          out: Annotation<string[]>({ reducer, default: () => [] })
        })
        const ask = async ({ text }: { text: string }) => {
          const { content } = await model.invoke(text)
          return { out: [String(content)] }
        }
        const sends = () => ['same', 'same', 'other'].map((text) => new Send('ask', { text }))
        const graph = new StateGraph(State)
          .addNode('ask', ask as never)
          .addConditionalEdges('__start__', sends as never)
          .addEdge('ask', '__end__')
          .compile()
        return graph.invoke({ text: 'x' }, { callbacks: (options as never)['callbacks'] })
      },
      (log) => wrapFetch(log, [openaiChat])
    )
    const models = calls.filter(({ record }) => record.kind === 'call')
    expect(models.map(({ record }) => record.call?.protocol)).toEqual(
      Array(3).fill(openaiChat.name)
    )
    const parents = models.map(({ record }) => record.parent)
    expect(new Set(parents).size).toBe(3)
    for (const { contents, record } of models) {
      const node = calls.find(({ auditId }) => auditId === record.parent)
      const [{ content }] = contents.input as [{ content: string }]
      expect(node?.contents.input).toMatchObject({ text: content })
    }
  })

  test('an agent that streams, with the handler at its model, too', async () => {
    const calls = await play([answerOf('streamed')], async (url, options) => {
      const agent = agentOf(url, options)
      const seen: unknown[] = []
      const streamed = await agent.stream(asked, { ...options, streamMode: 'messages' } as never)
      for await (const [chunk] of streamed as AsyncIterable<[{ content: unknown }]>) {
        seen.push(chunk.content)
      }
      return seen
    })
    const model = calls.find(({ record }) => record.kind === 'call')
    expect(model?.contents.output).toMatchObject([{ type: 'ai', content: 'Rain, 11 °C.' }])
    expect(model?.record.timing?.timeToFirstChunkMs).toBeGreaterThan(0)
    expect(calls[0]?.stage).toBe('complete')
  })

  test('a stream that is aborted keeps what came, once, with the handler at two places', async () => {
    const calls = await play([beginning], async (url, options) => {
      const { model } = connect(url)
      const both = Object.assign(model, options)
      const stop = new AbortController()
      let seen = ''
      const config = { ...options, signal: stop.signal }
      for await (const { content } of await both.stream('Weather?', config)) {
        seen += content
        if (seen === 'Rain') setTimeout(() => stop.abort(), 5)
      }
      return seen
    })
    expect(calls.map(({ record, stage }) => [stage, record.outcome?.by])).toEqual([
      ['cancelled', 'signal']
    ])
    expect(calls[0]?.contents.output).toBe('Rain')
  })

  test('a fallback: both calls, the first one an error', async () => {
    const failing = { status: 500, chunks: ['{"error":{"message":"no"}}'] }
    const calls = await play([failing, answerOf('plain')], async (url, options) => {
      const [first, second] = [connect(url).model, connect(url).model]
      const { content } = await first.withFallbacks([second]).invoke('Weather?', options)
      return content
    })
    expect(treeOf(calls)).toEqual([
      'step RunnableWithFallbacks',
      '  call chat (error)',
      '  call chat'
    ])
    expect(calls[1]?.record.outcome?.status).toBe(500)
  })
})

test('createAgent of langchain 1: steps of the graph, tools below the call that asked', async () => {
  const [{ connect, langchain }] = majors as [(typeof majors)[0]]
  const calls = await play([answerOf('tools'), answerOf('plain')], async (url, options) => {
    const schema = z.object({ city: z.string() })
    const about = { name: 'weather', description: 'd', schema }
    const weather = langchain.tool((() => 'rain') as never, about as never)
    const agent = createAgent({ model: connect(url).model as never, tools: [weather as never] })
    const { messages } = await agent.invoke(asked, options as never)
    return messages.map(({ content }) => content)
  })
  expect(treeOf(calls).slice(0, 5)).toEqual([
    'step LangGraph',
    '  step model_request',
    '    call chat',
    '      tool weather',
    '      tool weather'
  ])
  expect(JSON.stringify(calls.map(({ contents }) => contents))).not.toContain('"lc":1')
})
