import { modelIdentity, wrapLlamaChatSession } from '@slm-audit/node-llama-cpp'
import { defineChatSessionFunction, getLlama, LlamaChatSession } from 'node-llama-cpp'
import type { AuditLog } from 'slm-audit'
import { giveUp } from './arguments.ts'
import { ask, write } from './dialogue.ts'
import { ShopWrapper, writeShopModel } from './shop-model.ts'

const SHOP_MODEL = '.slm-audit/shop-assistant.gguf'
const SYSTEM = 'You are the assistant of a shop. Be kind and brief.'

/** What a customer says; the last answer is broken off, because the customer closes the window. */
const QUESTIONS = [
  'Good morning, can you help me?',
  'Where is my refund for order 4711?',
  'Can I return opened products?'
]
const LAST = 'Tell me everything about your cables.'
const CHUNKS_OF_LAST = 12

/** What the model can ask for. The shop's own system would answer here. */
const lookupOrder = defineChatSessionFunction({
  description: 'Finds an order by its number',
  params: { type: 'object', properties: { order: { enum: ['4711'] } } },
  handler({ order }) {
    write(`(looks up order ${order}) `)
    return { order, status: 'received back, approved' }
  }
})

/** A customer talks to a model: several turns, a tool, and an answer that is broken off. */
export async function askLocalModel(log: AuditLog, given?: string): Promise<void> {
  const modelPath = given ?? (await writeShopModel(SHOP_MODEL)).path
  await using llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error' as never,
    maxThreads: given === undefined ? 1 : 0
  })
  const model = await llama
    .loadModel({ modelPath })
    .catch((error) =>
      giveUp(1, error, `Is ${modelPath} a GGUF model, whole and not a part of one?`)
    )
  await modelIdentity(model)
  const context = await model.createContext({ contextSize: given === undefined ? 1024 : 4096 })
  const chat = wrapLlamaChatSession(
    new LlamaChatSession({
      contextSequence: context.getSequence(),
      systemPrompt: SYSTEM,
      ...(given === undefined && { chatWrapper: new ShopWrapper() })
    }),
    log
  )
  const options = { temperature: 0, maxTokens: 80, functions: { lookupOrder } } as const

  for (const question of QUESTIONS) {
    ask(question)
    await chat.prompt(question, { ...options, onTextChunk: write })
    write('\n')
  }

  ask(LAST)
  const closed = new AbortController()
  let chunks = 0
  const broken = chat.prompt(LAST, {
    ...options,
    signal: closed.signal,
    onTextChunk(text) {
      write(text)
      if (++chunks === CHUNKS_OF_LAST) closed.abort()
    }
  })
  await broken.catch(() => write(' … (the customer closed the window)\n'))
}
