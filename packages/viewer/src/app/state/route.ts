import { computed, signal } from '@preact/signals'

/** The screens, as the first part of an address. */
export type Screen = 'calls' | 'call' | 'session' | 'trust'

/** Where the page is: its address is all of its state that is worth a link. */
export interface Route {
  readonly screen: Screen
  /** The call or session that is shown. */
  readonly id: string
  /** The filter of the list. */
  readonly q: string
  /** The call that is open beside the list. */
  readonly open: string
}

const BASE = document.body.dataset.base ?? ''
const address = signal(location.pathname + location.search)

/** The route of the address. */
export const route = computed<Route>(() => {
  const url = new URL(address.value, location.origin)
  const [screen = '', id = ''] = url.pathname.slice(BASE.length).split('/').filter(Boolean)
  return {
    screen: isScreen(screen) ? screen : 'calls',
    id: decodeURIComponent(id),
    q: url.searchParams.get('q') ?? '',
    open: url.searchParams.get('open') ?? ''
  }
})

/** The address of a route. */
export function hrefOf({ screen, id = '', q = '', open = '' }: Partial<Route>): string {
  const values = Object.entries({ q, open }).filter(([, value]) => value !== '')
  const query = new URLSearchParams(values).toString()
  const path = `${BASE}/${screen ?? 'calls'}${id === '' ? '' : `/${encodeURIComponent(id)}`}`
  return query === '' ? path : `${path}?${query}`
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

function isScreen(word: string): word is Screen {
  return ['calls', 'call', 'session', 'trust'].includes(word)
}
