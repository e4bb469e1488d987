import { expect, test } from 'vitest'
import { KeptChunks } from '../../src/wire/kept-chunks.ts'

test('a long event that comes byte by byte costs no more with each byte', {
  timeout: 30_000
}, () => {
  const kept = new KeptChunks()
  const bytes = new TextEncoder().encode(`data: ${'x'.repeat(60_000)}\n\n`.repeat(5))
  let handed = 0
  let seen = 0
  for (const byte of bytes) {
    kept.add(Uint8Array.of(byte))
    seen += kept.recent.length > 0 ? 1 : 0
    if (kept.isFull) handed += kept.take('sse').length
  }
  expect([seen, handed + kept.waiting.length]).toEqual([bytes.length, bytes.length])
  // What was handed over of the last event stands before what waits.
  expect(kept.recent.length).toBeGreaterThan(kept.waiting.length)
})
