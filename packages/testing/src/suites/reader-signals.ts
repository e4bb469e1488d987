import type { Reader } from '@slm-audit/core/reader'
import { expect } from 'vitest'

/** Proves that a question ends with its signal, before it is asked and meanwhile, and that the reader answers the next one. */
export async function endsWithSignals(reader: Reader): Promise<void> {
  const gone = new Error('whoever asked has gone')
  const asks: ((signal: AbortSignal) => Promise<unknown>)[] = [
    (signal) => reader.query('refund', { signal }),
    (signal) => reader.query('refund', { signal, sort: 'relevance' }),
    (signal) => reader.search('"no such phrase"', {}, { signal, complete: true }),
    (signal) => reader.sessions({}, { signal }),
    (signal) => reader.stats({ filter: 'refund', signal }),
    (signal) => reader.facetsWithin('refund', { signal })
  ]
  for (const ask of asks) {
    await expect(ask(AbortSignal.abort(gone))).rejects.toBe(gone)
    const controller = new AbortController()
    const asked = ask(controller.signal)
    controller.abort(gone)
    await expect(asked).rejects.toBe(gone)
    await ask(new AbortController().signal)
  }
}
