import {
  modelIdentity,
  wrapLlamaChatSession,
  wrapLlamaContextSequence
} from '@slm-audit/node-llama-cpp'
import { writeTinyModel } from '@slm-audit/tiny-models/gguf'
import { getLlama, LlamaChatSession } from 'node-llama-cpp'
import type { AuditLog } from 'slm-audit'
import { giveUp } from './arguments.ts'

const TINY_MODEL = '.slm-audit/tiny.gguf'
const QUESTION = 'What does an audit log keep?'
const BEGINNING = 'Every'
/** Unfiltered, so that the probabilities are the model's own. */
const SAMPLING = { temperature: 0.8, topK: 0, topP: 1, minP: 0, seed: 7 } as const

/**
 * Asks a model three times: a chat that streams, a chat that is aborted on its way, and a raw
 * evaluation with the probability of every token.
 */
export async function askLocalModel(log: AuditLog, given?: string): Promise<void> {
  const modelPath = given ?? (await writeTinyModel(TINY_MODEL)).path
  await using llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error' as never,
    maxThreads: 1
  })
  const model = await llama
    .loadModel({ modelPath })
    .catch((error) =>
      giveUp(1, error, `Is ${modelPath} a GGUF model, whole and not a part of one?`)
    )
  await modelIdentity(model)
  const context = await model.createContext({ contextSize: 512, sequences: 2, threads: 1 })
  const chat = wrapLlamaChatSession(
    new LlamaChatSession({ contextSequence: context.getSequence() }),
    log
  )

  process.stdout.write(`  you    ${QUESTION}\n  model  `)
  await chat.prompt(QUESTION, { temperature: 0, maxTokens: 60, onTextChunk: write })
  write('\n')

  const stop = new AbortController()
  process.stdout.write('  you    Who reads it? (aborted after three chunks)\n  model  ')
  let chunks = 0
  const aborted = chat.prompt('Who reads it?', {
    temperature: 0,
    signal: stop.signal,
    onTextChunk(text) {
      write(text)
      if (++chunks === 3) stop.abort()
    }
  })
  await aborted.catch(() => write(' ✂\n'))

  const sequence = wrapLlamaContextSequence(context.getSequence(), log)
  process.stdout.write(`  you    ${BEGINNING} …\n  model  `)
  const tokens = model.tokenize(BEGINNING, false, 'trimLeadingSpace')
  const answer = sequence.evaluateWithMetadata(tokens, { probabilities: true }, SAMPLING)
  for await (const { token } of answer) write(model.detokenize([token]))
  write('\n')
}

function write(text: string): void {
  process.stdout.write(text)
}
