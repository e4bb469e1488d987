import type { SealedRecord } from '@slm-audit/core'
import { memoryLog } from '@slm-audit/testing'

/** Records of every kind that applications make: answered, failed, broken off, a tool, a review. */
export async function records(): Promise<readonly SealedRecord[]> {
  const { log, journal } = memoryLog({ service: 'support|bot', version: '2.3.1' })
  const request = {
    operation: 'chat',
    provider: 'openai',
    model: 'small-1',
    input: [{ role: 'user', content: 'Where is my order?\nIt = 7|8 \\ late' }],
    settings: { temperature: 0.2, max_tokens: 64, seed: 7 },
    endpoint: { address: '127.0.0.1', port: 8080, path: '/v1/chat/completions' }
  }
  const context = { user: 'u-7', session: 'S-42', tenant: 't-1', tags: { tier: 'gold', turn: 3 } }
  await log.withContext(context, async () => {
    const call = log.open(request)
    call.complete({
      id: 'r-1',
      model: 'small-1-0924',
      output: { role: 'assistant', content: 'On its way.' },
      finishReasons: ['stop'],
      usage: { inputTokens: 12, outputTokens: 4, totalTokens: 16, reasoningTokens: 2 },
      logprobs: [{ token: 'On', logprob: -0.1 }]
    })
    log.open(request).fail(Object.assign(new Error('quoted prompt'), { status: 429, code: 'slow' }))
    log.open(request).cancel('consumer', { output: 'On' })
    log.open({ operation: 'chat', provider: 'unknown' }).cancel('timeout')
    await log.tool('lookup', async () => 'found', { input: { order: 7 } })
    log.annotate(call.auditId, { rating: 5 })
  })
  await log.close()
  return journal.records
}
