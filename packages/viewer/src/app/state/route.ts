import { computed, signal } from '@preact/signals'
import { hasText } from '../text/filter-words.ts'

/** The screens, as the first part of an address. */
export const SCREENS = [
  'calls',
  'call',
  'sessions',
  'session',
  'compare',
  'dashboard',
  'trust',
  'parts'
] as const

/** A screen. */
export type Screen = (typeof SCREENS)[number]

/** Members of an address's query, each a text that is empty where it is not given. */
const VALUES = ['q', 'sort', 'open', 'cols', 'by', 'first', 'second', 'view'] as const

/** Where the page is: its address is all of its state that is worth a link. */
export interface Route {
  readonly screen: Screen
  /** The call or session that is shown. */
  readonly id: string
  /** The filter. */
  readonly q: string
  /** The order of the list: `relevance`, or empty for the newest first. */
  readonly sort: string
  /** The call that is open beside the list. */
  readonly open: string
  /** The columns of the list, in their order. */
  readonly cols: string
  /** What is compared or charted by. */
  readonly by: string
  /** The sides of a comparison. */
  readonly first: string
  readonly second: string
  /** How a screen shows what it has. */
  readonly view: string
}

const BASE = document.body.dataset.base ?? ''
const address = signal(location.pathname + location.search)

/** The route of the address. */
export const route = computed<Route>(() => {
  const url = new URL(address.value, location.origin)
  const [screen = '', id = ''] = url.pathname.slice(BASE.length).split('/').filter(Boolean)
  const values = VALUES.map((name) => [name, url.searchParams.get(name) ?? ''] as const)
  return {
    screen: SCREENS.find((each) => each === screen) ?? 'calls',
    id: decoded(id),
    ...(Object.fromEntries(values) as { readonly [name in (typeof VALUES)[number]]: string })
  }
})

function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    // A lone % is no reason to show nothing.
    return id
  }
}

/** The address of a route. */
export function hrefOf(to: Partial<Route>): string {
  const { screen = 'calls', id = '' } = to
  const values = VALUES.flatMap((name) => {
    const value = to[name] ?? ''
    return value === '' ? [] : [[name, value]]
  })
  const query = new URLSearchParams(values).toString()
  const path = `${BASE}/${screen}${id === '' ? '' : `/${encodeURIComponent(id)}`}`
  return query === '' ? path : `${path}?${query}`
}

/** The list with another filter; what else is chosen stays. */
export function listOf(q: string): Partial<Route> {
  const { cols, sort } = route.value
  return { screen: 'calls', q, cols, sort: hasText(q) ? sort : '' }
}

/** Goes to a route; `isSmall` changes are no step that Back takes back. */
export function go(to: Partial<Route>, isSmall = false): void {
  const href = hrefOf(to)
  if (href === location.pathname + location.search) return
  if (isSmall) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  address.value = href
}

/** Follows Back, Forward and links of the page. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    address.value = location.pathname + location.search
  })
  document.addEventListener('click', (event) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!isPlain || !link || link.target !== '' || link.origin !== location.origin) return
    if (link.hasAttribute('download')) return
    event.preventDefault()
    history.pushState(null, '', link.pathname + link.search)
    address.value = link.pathname + link.search
    scrollTo(0, 0)
  })
}
