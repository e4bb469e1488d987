import { signal } from '@preact/signals'
import type { Route } from './route.ts'

/** A filter and columns with a name. */
export interface View extends Pick<Route, 'q' | 'cols'> {
  readonly name: string
}

const KEY = 'slm-audit views'

/** Views that the viewer comes with. */
export const USUAL_VIEWS: readonly View[] = [
  { name: 'Errors', q: 'stage:error', cols: '' },
  { name: 'Slow', q: 'took:>2s', cols: 'user,model,tokens,first' },
  { name: 'Unsure', q: 'confidence:<0.7', cols: 'user,model,tokens,confidence' },
  { name: 'Tools', q: 'kind:tool', cols: '' },
  { name: 'Last hour', q: 'since:1h', cols: '' }
]

/** Views that somebody has saved in this browser. */
export const savedViews = signal<readonly View[]>(read())

/** Saves a view; one of the same name goes. */
export function saveView(view: View): void {
  store([...savedViews.value.filter(({ name }) => name !== view.name), view])
}

/** Forgets a saved view. */
export function forgetView(view: View): void {
  store(savedViews.value.filter((each) => each !== view))
}

function store(views: readonly View[]): void {
  savedViews.value = views
  try {
    localStorage.setItem(KEY, JSON.stringify(views))
  } catch {
    // Storage may be off; the views then hold for this page.
  }
}

function read(): readonly View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? found.filter(isView) : []
  } catch {
    return []
  }
}

function isView(value: unknown): value is View {
  const { name, q, cols } = (value ?? {}) as { readonly [member in keyof View]?: unknown }
  return [name, q, cols].every((each) => typeof each === 'string')
}
