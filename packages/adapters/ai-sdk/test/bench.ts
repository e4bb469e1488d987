import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { AuditLog } from '@slm-audit/core'
import { type AdapterBench, cannedFetch, messages, type Use } from '@slm-audit/testing/bench'
import { generateText, type LanguageModel, streamText, wrapLanguageModel } from 'ai'
import { auditMiddleware } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

const use = (log?: AuditLog): Use => {
  const fetch = cannedFetch(fixtures, 'plain', 'streamed')
  const bare = createOpenAICompatible({ name: 'canned', baseURL: 'http://canned/v1', fetch })('m')
  const model: LanguageModel = log
    ? wrapLanguageModel({ model: bare, middleware: auditMiddleware(log) })
    : bare
  return {
    async call() {
      const { text, usage, finishReason } = await generateText({ model, messages })
      return { text, usage, finishReason }
    },
    stream: () => streamText({ model, messages }).textStream
  }
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  { name: 'ai-sdk', bare: () => use(), wrapped: use }
]
