import { batch, effect, signal } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import { askCalls, type Problem } from '../api.ts'
import { followChanges } from './live.ts'
import { merged, type Waiting, withNewest } from './merge-calls.ts'
import { route } from './route.ts'

/** Rows of the list, newest first. */
export const rows = signal<readonly CallSummary[]>([])
/** New calls that wait until the reader wants them, newest first. */
export const waiting = signal<Waiting>([])
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
/** Grows whenever the log has changed while the list is shown. */
export const changes = signal(0)

const cursor = signal<string | undefined>(undefined)
/** Newest calls that are asked for when the log has changed. */
const NEWEST = 50
/** Pages of new calls that are fetched before the list is loaded anew. */
const MOST_NEW_PAGES = 5
/** Calls that were open when they went out of the newest ones, and are asked for one by one. */
const MOST_OPEN = 5
let turn = 0
/** Ends the question for rows of a filter that is not that of the list any more. */
let asking = new AbortController()
let loading: Promise<void> = Promise.resolve()
let isMoreAsked = false

/** Keeps the rows those of the address's filter and order, live, while the list is shown. */
export function watchCalls(): () => void {
  let shown: string | undefined
  const dispose = effect(() => {
    const { q, sort } = route.value
    const asked = JSON.stringify([q, sort])
    if (asked === shown) return
    shown = asked
    loading = load(q, sort)
  })
  const stop = followChanges(refresh)
  return () => {
    dispose()
    stop()
    asking.abort()
  }
}

async function load(q: string, sort: string): Promise<void> {
  const mine = ++turn
  asking.abort()
  asking = new AbortController()
  const { signal } = asking
  isLoading.value = true
  const began = performance.now()
  try {
    const page = await askCalls(q, { sort, signal })
    if (mine !== turn) return
    batch(() => {
      rows.value = page.items
      cursor.value = page.cursor
      waiting.value = []
      problem.value = undefined
      current.value = 0
    })
  } catch (error) {
    if (mine === turn && !signal.aborted) problem.value = error as Problem
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

/** Calls that are given by relevance at most, of however many are compared. */
const BEST = 200

/** Whether all calls of the filter are in the list. */
export function isWhole(): boolean {
  return !hasMore() && (route.value.sort === '' || rows.value.length < BEST)
}

/** Loads the next page of older calls. */
export async function loadMore(): Promise<void> {
  const from = cursor.value
  if (from === undefined || isMoreAsked) return
  isMoreAsked = true
  const mine = turn
  try {
    const { q, sort } = route.value
    const page = await askCalls(q, { cursor: from, sort })
    if (mine !== turn) return
    rows.value = [...rows.value, ...page.items]
    cursor.value = page.cursor
  } catch (error) {
    problem.value = error as Problem
  } finally {
    isMoreAsked = false
  }
}

/** Takes what has changed. */
async function refresh(): Promise<void> {
  await look().catch(() => undefined)
  changes.value++
}

async function look(): Promise<void> {
  await loading
  const mine = turn
  const { q, sort } = route.value
  if (problem.value) return problem.value.code === 'bad_query' ? undefined : await load(q, sort)
  // Rows by relevance stay while somebody reads them: a new call may belong anywhere.
  if (sort !== '') return
  const known = new Set([...waiting.value, ...rows.value].map(({ auditId }) => auditId))
  const newest: CallSummary[] = []
  let from: string | undefined
  for (let page = 0; page < MOST_NEW_PAGES; page++) {
    const found = await askCalls(q, page === 0 ? { limit: NEWEST } : { cursor: from })
    newest.push(...found.items)
    from = found.cursor
    if (from === undefined || found.items.some(({ auditId }) => known.has(auditId))) break
  }
  const isFarBehind = from !== undefined && !newest.some(({ auditId }) => known.has(auditId))
  const ended = await endedSince(q, newest)
  if (mine !== turn) return
  if (isFarBehind && isAtTop.value) return await load(q, sort)
  show([...newest, ...ended], newest.at(-1)?.index ?? 0)
}

/** Calls of the list that were open, are not among the newest any more, and have changed. */
async function endedSince(q: string, newest: readonly CallSummary[]): Promise<CallSummary[]> {
  const from = newest.at(-1)?.index ?? 0
  const open = rows.value.filter(({ stage, index }) => stage === 'received' && index < from)
  const found = await Promise.all(
    open.slice(0, MOST_OPEN).map(async ({ receivedAt }) => {
      const after = new Date(Date.parse(receivedAt) + 1).toISOString()
      const scope = `since:${receivedAt} until:${after}`
      return (await askCalls(q === '' ? scope : `(${q}) ${scope}`)).items
    })
  )
  return found.flat()
}

function show(found: readonly CallSummary[], from: number): void {
  const next = withNewest(rows.value, waiting.value, { found, from, isAtTop: isAtTop.value })
  const marked = rows.value[current.value]?.auditId
  batch(() => {
    rows.value = next.rows
    waiting.value = next.waiting
    const place = next.rows.findIndex(({ auditId }) => auditId === marked)
    if (current.value > 0 && place >= 0) current.value = place
  })
}

/** Puts the calls that wait on top of the list. */
export function takeWaiting(): void {
  batch(() => {
    rows.value = merged(waiting.value, rows.value)
    waiting.value = []
    current.value = 0
  })
}
