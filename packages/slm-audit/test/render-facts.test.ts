import { createAuditLog, memoryJournal } from '@slm-audit/core'
import { mergeCall } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'
import { renderFacts } from '../src/render/facts.ts'
import type { Terminal } from '../src/terminal.ts'

const plain: Terminal = {
  width: 120,
  isInteractive: false,
  isGone: false,
  write: () => undefined,
  print: () => undefined,
  explain: () => undefined,
  progress: () => undefined,
  style: (_style, text) => text
}

test('a call that was read from a span names its source and its trace', async () => {
  const journal = memoryJournal()
  const log = createAuditLog({ journal })
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const request = { operation: 'chat', provider: 'openai', source: 'openinference' }
  const timing = { durationMs: 1500, timeToFirstChunkMs: 250 }
  log.open(request, { span }).complete({ timing })
  await log.flush()
  const call = mergeCall(journal.records)
  if (!call) throw new Error('no call')
  const facts = renderFacts(call, plain).join('\n')
  expect(facts).toContain('chat openai, read from openinference')
  expect(facts).toContain(`${span.traceId}, span ${span.spanId}`)
  expect(facts).toMatch(/, 1\.5 s \(first chunk 250 ms, stream 1\.3 s\)/)
})
