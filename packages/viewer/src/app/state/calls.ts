import { batch, effect, signal } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import { askCalls, follow, type Problem } from '../api.ts'
import { route } from './route.ts'

/** Rows of the list, newest first. */
export const rows = signal<readonly CallSummary[]>([])
/** New calls that wait until the reader wants them, newest first. */
export const waiting = signal<readonly CallSummary[]>([])
/** What is wrong with the filter or the log. */
export const problem = signal<Problem | undefined>(undefined)
/** Whether rows of the filter are on their way. */
export const isLoading = signal(true)
/** How long the last answer took, in milliseconds. */
export const tookMs = signal(0)
/** Whether the list is at its top, so that new calls may come in. */
export const isAtTop = signal(true)
/** The row that keys act on. */
export const current = signal(0)

const cursor = signal<string | undefined>(undefined)
let turn = 0
let isMoreAsked = false

/** Keeps the rows those of the address's filter, live, while the list is shown. */
export function watchCalls(): () => void {
  let stop = (): void => undefined
  let shown: string | undefined
  const dispose = effect(() => {
    const { q } = route.value
    if (q === shown) return
    shown = q
    stop()
    void load(q)
    stop = follow(q, take)
  })
  return () => {
    dispose()
    stop()
  }
}

async function load(q: string): Promise<void> {
  const mine = ++turn
  isLoading.value = true
  const began = performance.now()
  try {
    const page = await askCalls(q)
    if (mine !== turn) return
    batch(() => {
      rows.value = page.items
      cursor.value = page.cursor
      waiting.value = []
      problem.value = undefined
      current.value = 0
    })
  } catch (error) {
    if (mine === turn) problem.value = error as Problem
  } finally {
    if (mine === turn) {
      isLoading.value = false
      tookMs.value = performance.now() - began
    }
  }
}

/** Whether older calls are still to be loaded. */
export function hasMore(): boolean {
  return cursor.value !== undefined
}

/** Loads the next page of older calls. */
export async function loadMore(): Promise<void> {
  const from = cursor.value
  if (from === undefined || isMoreAsked) return
  isMoreAsked = true
  const mine = turn
  try {
    const page = await askCalls(route.value.q, from)
    if (mine !== turn) return
    rows.value = [...rows.value, ...page.items]
    cursor.value = page.cursor
  } catch (error) {
    problem.value = error as Problem
  } finally {
    isMoreAsked = false
  }
}

/** Takes calls that are new or have changed: rows are changed in place, new ones never move the list. */
function take(calls: readonly CallSummary[]): void {
  const changed = new Map(calls.map((call) => [call.auditId, call]))
  const known = new Set<string>()
  const update = (list: readonly CallSummary[]) =>
    list.map((row) => {
      known.add(row.auditId)
      return changed.get(row.auditId) ?? row
    })
  const [shown, later] = [update(rows.value), update(waiting.value)]
  const fresh = calls.filter((call) => !known.has(call.auditId)).reverse()
  batch(() => {
    if (isAtTop.value) {
      rows.value = [...fresh, ...later, ...shown]
      waiting.value = []
      if (fresh.length > 0 && current.value > 0) current.value += fresh.length
    } else {
      rows.value = shown
      waiting.value = [...fresh, ...later]
    }
  })
}

/** Puts the calls that wait on top of the list. */
export function takeWaiting(): void {
  batch(() => {
    rows.value = [...waiting.value, ...rows.value]
    waiting.value = []
    current.value = 0
  })
}
