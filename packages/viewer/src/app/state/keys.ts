import { signal } from '@preact/signals'
import { toggled } from '../text/filter-words.ts'
import { current, loadMore, rows, takeWaiting } from './calls.ts'
import { marked, toggleMark } from './marked.ts'
import { go, listOf, route } from './route.ts'
import { nextTheme } from './theme.ts'

/** Whether the table of keys is shown. */
export const areKeysShown = signal(false)
/** Whether uncertain tokens are marked in answers. */
export const isConfidenceShown = signal(true)
/** Whether texts are shown as they came instead of as Markdown. */
export const isRaw = signal(false)
/** Whether values stand beside the list where they do not by themselves: on narrow screens. */
export const areFacetsShown = signal(false)
/** Whether the palette of all actions is open. */
export const isPaletteShown = signal(false)
/** The call that is looked at: its neighbours in the session, and how it is asked again. */
export const neighbours = signal<{
  readonly before?: number
  readonly after?: number
  readonly session?: string
  readonly curl?: () => string
}>({})

/** What each key does, for the table, the palette and the listener. */
export const KEYS: readonly (readonly [key: string, what: string, run: () => void])[] = [
  ['/', 'filter', () => focusFilter()],
  ['j', 'next row, or next call of the session', () => step(1)],
  ['k', 'row before, or call before', () => step(-1)],
  ['Enter', 'open the call', () => openCurrent()],
  [' ', 'look at the call beside the list', () => peek()],
  ['Escape', 'back', () => back()],
  ['o', 'the session of the call', () => openSession()],
  [']', 'next call of the session', () => stepInSession(1)],
  ['[', 'call of the session before', () => stepInSession(-1)],
  ['e', 'errors only, or all', () => toggleErrors()],
  ['f', 'values beside the list', () => flip(areFacetsShown)],
  ['.', 'newest calls', () => newest()],
  ['x', 'mark the call', () => mark()],
  ['v', 'compare the two marked calls', () => compareMarked()],
  ['c', 'confidence of tokens', () => flip(isConfidenceShown)],
  ['n', 'next uncertain token', () => toUncertain(1)],
  ['p', 'uncertain token before', () => toUncertain(-1)],
  ['m', 'texts as they came', () => flip(isRaw)],
  ['y', 'copy the link', () => void navigator.clipboard.writeText(location.href)],
  [
    'Y',
    'copy the call as curl',
    () => void navigator.clipboard.writeText(neighbours.value.curl?.() ?? '')
  ],
  ['a', 'all calls', () => go({ screen: 'calls' })],
  ['s', 'sessions', () => go({ screen: 'sessions' })],
  ['d', 'dashboard', () => go({ screen: 'dashboard' })],
  ['g', 'trust', () => go({ screen: 'trust' })],
  ['t', 'light, dark or as the system', nextTheme],
  ['?', 'these keys', () => flip(areKeysShown)]
]

/** Listens for keys; none fires while somebody types. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event
    if (key === 'k' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault()
      flip(isPaletteShown)
      return
    }
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const isTyping =
      target instanceof HTMLElement &&
      target.matches('input:not([type=checkbox]), textarea, select')
    if (isTyping) {
      if (key === 'Escape') target.blur()
      return
    }
    if (isPaletteShown.value) return
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

function focusFilter(): void {
  const filter = () => document.querySelector<HTMLInputElement>('#filter')
  const shown = filter()
  if (shown) {
    shown.focus()
    return
  }
  go({ screen: 'calls' })
  // Once the list is drawn.
  requestAnimationFrame(() => filter()?.focus())
}

function stepInSession(by: number): void {
  const to = by > 0 ? neighbours.value.after : neighbours.value.before
  if (to === undefined) return
  if (route.value.screen === 'calls') go({ ...route.value, open: String(to) }, true)
  else if (route.value.screen === 'call') go({ screen: 'call', id: String(to) })
}

function mark(): void {
  const row = rows.value[current.value]
  if (route.value.screen === 'calls' && row) toggleMark(row)
}

function compareMarked(): void {
  const [first, second] = [...marked.value].sort((one, other) => one.index - other.index)
  if (!first || !second) return
  go({ screen: 'compare', view: 'calls', first: String(first.index), second: String(second.index) })
}

/** Goes to the next mark of doubt in an answer, as the tabulator would. */
function toUncertain(by: number): void {
  const tokens = [...document.querySelectorAll<HTMLElement>('.heat .doubt')]
  const at = tokens.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? (by > 0 ? 0 : tokens.length - 1) : at + by
  tokens[(next + tokens.length) % tokens.length]?.focus()
}

function step(by: number): void {
  if (route.value.screen !== 'calls') {
    stepInSession(by)
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
  else if (areFacetsShown.value) areFacetsShown.value = false
  else if (route.value.open !== '') go({ ...route.value, open: '' }, true)
  else if (route.value.screen === 'call' || route.value.screen === 'session') history.back()
}

const ERRORS = 'stage:error'

function toggleErrors(): void {
  go(listOf(toggled(route.value.screen === 'calls' ? route.value.q : '', ERRORS)))
}

function newest(): void {
  takeWaiting()
  document.querySelector('.rows')?.scrollTo({ top: 0 })
}
