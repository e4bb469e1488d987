import { modelIdentity, wrapLlamaChatSession, wrapLlamaContextSequence } from '@slm-audit/node-llama-cpp'
import { writeTinyModel } from '@slm-audit/testing/tiny-model'
import { getLlama, type LlamaContextSequence, LlamaChatSession, type Token } from 'node-llama-cpp'
import type { AuditLog } from 'slm-audit'

const TINY_MODEL = '.slm-audit/tiny.gguf'
const QUESTION = 'What does an audit log keep?'

/**
 * Asks a model three times: a chat that streams, a chat that is aborted on its way, and a raw
 * evaluation with the probability of every token. Returns the auditId of the last.
 */
export async function askLocalModel(log: AuditLog, given?: string): Promise<string> {
  const modelPath = given ?? (await writeTinyModel(TINY_MODEL)).path
  await using llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error' as never,
    maxThreads: 1
  })
  const model = await llama.loadModel({ modelPath })
  await modelIdentity(model)
  const context = await model.createContext({ contextSize: 512, sequences: 2, threads: 1 })
  const chat = wrapLlamaChatSession(new LlamaChatSession({ contextSequence: context.getSequence() }), log)

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
  process.stdout.write('  you    The audit log\n  model  ')
  return await completeWithProbabilities(log, sequence, model.tokenize('The audit log', false, 'trimLeadingSpace'))
}

async function completeWithProbabilities(
  log: AuditLog,
  sequence: LlamaContextSequence,
  tokens: Token[]
): Promise<string> {
  return await log.record({ kind: 'step', operation: 'invoke_workflow', provider: 'application' }, async (step) => {
    const answer = sequence.evaluateWithMetadata(tokens, { probabilities: true }, { temperature: 0.8, topK: 0, topP: 1, minP: 0, seed: 7 } as never)
    let left = 24
    for await (const { token } of answer) {
      if (sequence.model.isEogToken(token) || left-- === 0) break
      write(sequence.model.detokenize([token]))
    }
    write('\n')
    return step.auditId
  })
}

function write(text: string): void {
  process.stdout.write(text)
}
