import { storesNoCanary } from '@slm-audit/testing/conformance'
import { test } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import { useRuntime } from './runtime.ts'

const runtime = useRuntime('tiny-chat')

test('nothing that a policy redacts is stored of prompts, answers and errors', () =>
  storesNoCanary(async (log, text) => {
    const pipe = wrapPipeline(await runtime('4').load('tiny-chat'), log)
    const messages = [{ role: 'user', content: text }]
    await pipe(messages, { max_new_tokens: 4, do_sample: false })
    await pipe(text, { max_new_tokens: 4, do_sample: false })
    const fail = () => {
      throw new Error(text)
    }
    await pipe(messages, { max_new_tokens: 4, streamer: { put: fail, end: fail } }).catch(
      () => undefined
    )
  }))
