import { signal } from '@preact/signals'
import { current, loadMore, rows, takeWaiting } from './calls.ts'
import { go, route } from './route.ts'
import { nextTheme } from './theme.ts'

/** Whether the table of keys is shown. */
export const areKeysShown = signal(false)
/** Whether uncertain tokens are marked in answers. */
export const isConfidenceShown = signal(true)
/** Whether texts are shown as they came instead of as Markdown. */
export const isRaw = signal(false)
/** Whether facets are shown on narrow screens. */
export const neighbours = signal<{
  readonly before?: number
  readonly after?: number
  readonly session?: string
}>({})

/** What each key does, for the table and for the listener. */
export const KEYS: readonly (readonly [key: string, what: string, run: () => void])[] = [
  ['/', 'filter', () => document.querySelector<HTMLInputElement>('#filter')?.focus()],
  ['j', 'next row, or next call of the session', () => step(1)],
  ['k', 'row before, or call before', () => step(-1)],
  ['Enter', 'open the call', () => openCurrent()],
  [' ', 'look at the call beside the list', () => peek()],
  ['Escape', 'back', () => back()],
  ['o', 'its session', () => openSession()],
  ['e', 'errors only', () => toggleErrors()],
  ['c', 'confidence of tokens', () => flip(isConfidenceShown)],
  ['m', 'texts as they came', () => flip(isRaw)],
  ['.', 'newest calls', () => newest()],
  ['y', 'copy the link', () => void navigator.clipboard.writeText(location.href)],
  ['t', 'light, dark or as the system', nextTheme],
  ['?', 'these keys', () => flip(areKeysShown)]
]

/** Listens for keys; none fires while somebody types. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select')
    if (isTyping) {
      if (key === 'Escape') target.blur()
      return
    }
    const isControl = target instanceof HTMLElement && target.matches('a, button, summary')
    if (isControl && (key === 'Enter' || key === ' ')) return
    const found = KEYS.find(([name]) => name === key)
    if (!found) return
    event.preventDefault()
    found[2]()
  })
}

function flip(of: { value: boolean }): void {
  of.value = !of.value
}

function step(by: number): void {
  if (route.value.screen !== 'calls') {
    const to = by > 0 ? neighbours.value.after : neighbours.value.before
    if (to !== undefined) go({ screen: 'call', id: String(to) })
    return
  }
  const next = Math.min(rows.value.length - 1, Math.max(0, current.value + by))
  current.value = next
  if (next > rows.value.length - 20) void loadMore()
  if (route.value.open !== '') peekAt(next)
}

function peekAt(place: number): void {
  const row = rows.value[place]
  if (row) go({ ...route.value, open: String(row.index) }, true)
}

function peek(): void {
  if (route.value.screen !== 'calls') return
  const row = rows.value[current.value]
  const isOpen = row && route.value.open === String(row.index)
  if (isOpen) go({ ...route.value, open: '' }, true)
  else peekAt(current.value)
}

function openCurrent(): void {
  const row = rows.value[current.value]
  if (route.value.screen === 'calls' && row) go({ screen: 'call', id: String(row.index) })
}

function openSession(): void {
  const { screen } = route.value
  const session = screen === 'calls' ? rows.value[current.value]?.session : neighbours.value.session
  if (session !== undefined) go({ screen: 'session', id: session })
}

function back(): void {
  if (areKeysShown.value) areKeysShown.value = false
  else if (route.value.open !== '') go({ ...route.value, open: '' }, true)
  else if (route.value.screen !== 'calls') history.back()
}

const ERRORS = 'stage:error'

function toggleErrors(): void {
  const words = (route.value.screen === 'calls' ? route.value.q : '').split(/\s+/).filter(Boolean)
  const rest = words.filter((word) => word !== ERRORS)
  const q = rest.length === words.length ? [...words, ERRORS] : rest
  go({ screen: 'calls', q: q.join(' ') })
}

function newest(): void {
  takeWaiting()
  document.querySelector('.rows')?.scrollTo({ top: 0 })
}
