import { effect, signal } from '@preact/signals'
import type { FacetCount, FacetsWithin, FieldWithin } from '@slm-audit/core/reader'
import type { Histogram } from '../../server/figures.ts'
import { askFacets, askFacetsWithin, askHistogram } from '../api.ts'
import { changes, isLoading, isWhole, problem } from './calls.ts'
import { route } from './route.ts'

/** Fields whose values stand beside the list. */
export const FACETS = [
  'stage',
  'model',
  'tool',
  'error',
  'user',
  'version',
  'tenant',
  'kind'
] as const satisfies readonly FieldWithin[]

/** Values of the whole log with counts, by field. */
export const facets = signal<{ readonly [field: string]: readonly FacetCount[] }>({})
/** Values of the newest calls of a filter with counts, where it leaves more calls than are here. */
export const facetsWithin = signal<{ readonly q: string; readonly found?: FacetsWithin }>({ q: '' })
/** Calls of the filter over time, as last known. */
export const histogram = signal<Histogram | undefined>(undefined)
/** Whether the histogram is that of another filter still. */
export const isHistogramStale = signal(false)

/** A filter is left for so long before its calls are counted, in milliseconds: rows come first. */
const PAUSE_MS = 250
/** Counts follow changes of the log so often at most, in milliseconds. */
const EVERY_MS = 2_000

/** Counting rests for so many times as long as it took: a large log that grows is not counted all the time. */
const REST = 5

/** Keeps counts and histogram those of the filter, while the list is shown: one count at a time, and one after the last change. */
export function watchFigures(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked: string | undefined
  let pauseMs = EVERY_MS
  let isChanged = false
  let counting = new AbortController()
  const plan = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), ms)
  }
  const look = async (): Promise<void> => {
    const { q } = route.peek()
    asked = q
    isChanged = false
    const began = performance.now()
    counting.abort()
    counting = new AbortController()
    const { signal } = counting
    await count(q, signal)
    // The timer is that of the next count by then.
    if (signal.aborted) return
    timer = undefined
    pauseMs = Math.max(EVERY_MS, REST * (performance.now() - began))
    if (isChanged) plan(pauseMs)
  }
  const dispose = effect(() => {
    const { q } = route.value
    void changes.value
    if (isLoading.value || problem.value) return
    const isOther = q !== asked
    if (isOther) {
      counting.abort()
      isHistogramStale.value = true
      plan(PAUSE_MS)
    } else if (timer === undefined) plan(pauseMs)
    else isChanged = true
  })
  return () => {
    dispose()
    counting.abort()
    clearTimeout(timer)
  }
}

async function count(q: string, signal: AbortSignal): Promise<void> {
  const isHere = () => route.value.q === q
  const [values, bars] = await Promise.allSettled([askFacets(FACETS), askHistogram(q, signal)])
  if (values.status === 'fulfilled') facets.value = values.value
  if (!isHere() || signal.aborted) return
  if (bars.status === 'fulfilled') histogram.value = bars.value ?? undefined
  isHistogramStale.value = false
  if (q === '' || isWhole()) return
  const found = await askFacetsWithin(q, signal).catch(() => undefined)
  if (found && isHere()) facetsWithin.value = { q, found }
}
