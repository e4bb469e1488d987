import { afterAll, beforeEach, expect, test, vi } from 'vitest'

vi.stubGlobal('document', { body: { dataset: {} } })
vi.stubGlobal('location', { pathname: '/calls', search: '', origin: 'http://127.0.0.1' })
vi.stubGlobal('history', { pushState: () => undefined })

/** Histograms that are asked for: the filter of each, and how it is answered. */
const asked: { readonly q: string | null; readonly signal: AbortSignal; answer(): void }[] = []

vi.stubGlobal('fetch', (address: string, { signal }: { readonly signal?: AbortSignal } = {}) => {
  const url = new URL(address, 'http://127.0.0.1')
  if (url.pathname !== '/api/histogram' || !signal) return Promise.resolve(Response.json({}))
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  signal.addEventListener('abort', () => reject(signal.reason))
  const answer = () => resolve(Response.json(null))
  asked.push({ q: url.searchParams.get('q'), signal, answer })
  return promise
})

const { isLoading, changes } = await import('../src/app/state/calls.ts')
const { watchFigures } = await import('../src/app/state/figures.ts')
const { go } = await import('../src/app/state/route.ts')

/** Longer than a filter is left for, and shorter than counts rest. */
const SOON_MS = 500

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  isLoading.value = false
})

afterAll(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Watches a filter whose calls are being counted, and goes to another one. */
async function leftWhileCounting(): Promise<() => void> {
  go({ q: 'model:a' })
  const stop = watchFigures()
  await vi.advanceTimersByTimeAsync(SOON_MS)
  expect(asked.map(({ q }) => q)).toEqual(['model:a'])
  go({ q: 'model:b' })
  // The count of before ends at once, and the other one is planned.
  await vi.advanceTimersByTimeAsync(1)
  expect(asked[0]?.signal.aborted).toBe(true)
  return stop
}

test('another filter is counted once, however the log changes meanwhile', async () => {
  const stop = await leftWhileCounting()
  changes.value++
  await vi.advanceTimersByTimeAsync(SOON_MS)
  expect(asked.map(({ q }) => q)).toEqual(['model:a', 'model:b'])
  // While it is counted, nothing else is.
  changes.value++
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
  asked[1]?.answer()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked.map(({ q }) => q)).toEqual(['model:a', 'model:b', 'model:b'])
  stop()
})

test('a filter that is come back to is counted after all', async () => {
  const stop = await leftWhileCounting()
  go({ q: 'model:a' })
  await vi.advanceTimersByTimeAsync(SOON_MS)
  expect(asked.map(({ q, signal }) => [q, signal.aborted])).toEqual([
    ['model:a', true],
    ['model:a', false]
  ])
  stop()
})

test('nothing is counted once the list is left', async () => {
  const stop = await leftWhileCounting()
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(1)
})
