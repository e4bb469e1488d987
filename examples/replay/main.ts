// A small model in this process is asked again: with the recorded settings it answers the same, byte for byte; with others
// it does not, and the difference says which.
import { modelIdentity, wrapLlamaChatSession } from '@slm-audit/node-llama-cpp'
import { askAgain, differenceOf, type Target } from '@slm-audit/replay'
import { tinyModelPrompt, writeTinyModel } from '@slm-audit/tiny-models/gguf'
import { getLlama, LlamaChatSession } from 'node-llama-cpp'
import { type AuditLog, createAuditLog, openReader } from 'slm-audit'

const FILE = '.slm-audit/audit.db'
const { path: modelPath } = await writeTinyModel('.slm-audit/tiny.gguf')
await using llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  maxThreads: 1
})
const model = await llama.loadModel({ modelPath })
await modelIdentity(model)

async function ask(log: AuditLog, question: string, settings: object): Promise<void> {
  const context = await model.createContext({ contextSize: 256 })
  const session = new LlamaChatSession({ contextSequence: context.getSequence() })
  await wrapLlamaChatSession(session, log).prompt(question, settings)
  await context.dispose()
}

await using log = await createAuditLog({ file: FILE })
await ask(log, tinyModelPrompt, { temperature: 0.7, seed: 4711, maxTokens: 24 })
await log.flush()
await using reader = await openReader(FILE)
const recorded = await newest()

/** Asks the recorded question with the recorded settings, or with some of them changed. */
const asking = (changed: object): Target => ({
  run: ({ input, settings }, to) => ask(to, questionIn(input), { ...settings, ...changed })
})

for (const changed of [{}, { seed: 12, temperature: 1.5 }]) {
  await askAgain(recorded, asking(changed), log)
  await log.flush()
  const { isIdentical, isExpected, changed: others } = differenceOf(recorded, await newest())
  console.log(
    isIdentical ? 'the same answer' : 'another answer',
    isExpected ? 'was to be expected' : ''
  )
  for (const { what, before, after } of others) console.log(`${what}: ${before} → ${after}`)
}

async function newest() {
  const [summary] = (await reader.query({ kind: 'call' })).items
  const call = summary && (await reader.get(summary.auditId))
  if (!call) throw new Error('nothing was recorded')
  return call
}

/** The last thing that was said to the model. */
function questionIn(history: unknown): string {
  const { text } = (history as readonly { readonly text?: unknown }[]).at(-1) ?? {}
  return String(text)
}
