import { setTimeout } from 'node:timers/promises'
import { sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'

const SYSTEM = 'You are the support bot of a shop. Answer briefly, in the language of the customer.'
const QUESTION = 'Where is my refund for order 4711, and can I still return the headphones?'
const ANSWER =
  'Your headphones (order **4711**) came back on 21 November and the refund is on its way: ' +
  '`EUR 89.00` to the card that you paid with.\n\nOpened audio products can be returned within 14 days, ' +
  'so you have until 5 December.'
/** Words that the model was not sure of, with how probable each was and what else it might have been. */
const DOUBTS: { readonly [word: string]: readonly [share: number, other: string] } = {
  within: [0.45, 'up'],
  '14': [0.62, '30'],
  '5': [0.82, '6']
}

/** One question with the tools it took, as an application would have it recorded. */
export async function recordDialogue(file: string): Promise<void> {
  const journal = await sqliteJournal({ file })
  const { log } = await collectingLog(journal, { service: 'support-bot', version: '2.4.0' })
  const context = { session: 'S-42', user: 'u-7', tenant: 'nord', tags: { tier: 'gold' } }
  await log.withContext(context, async () => {
    const look = { input: { order: '4711', include: ['refund'] } }
    await log.tool('lookupOrder', () => after(80, { status: 'received back', refund: 89 }), look)
    const search = { input: { query: 'return opened headphones' } }
    await log.tool('searchPolicy', () => after(260, ['Opened audio: 14 days.']), search)
    const input = [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: QUESTION }
    ]
    const settings = { temperature: 0.2, seed: 7 }
    const asked = { operation: 'chat', provider: 'ollama', model: 'qwen3:4b', input, settings }
    await log.record(
      asked,
      () => after(301, ANSWER),
      (content) => ({
        output: { role: 'assistant', content },
        finishReasons: ['stop'],
        usage: { inputTokens: 207, outputTokens: 57 },
        logprobs: tokensOf(content)
      })
    )
  })
  await log.close()
}

async function after<T>(ms: number, value: T): Promise<T> {
  await setTimeout(ms)
  return value
}

function tokensOf(text: string) {
  return (text.match(/\w+|\W+/g) ?? []).map((token) => {
    const [share, other] = DOUBTS[token] ?? [0.97, undefined]
    const top = other === undefined ? [] : [{ token: other, logprob: Math.log(1 - share - 0.02) }]
    return { token, logprob: Math.log(share), top }
  })
}
