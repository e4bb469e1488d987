import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { isPaletteShown, KEYS } from '../state/keys.ts'
import { go, type Route } from '../state/route.ts'
import { savedViews, USUAL_VIEWS } from '../state/views.ts'

interface Action {
  readonly name: string
  readonly key?: string
  readonly run: () => void
}

/** All actions, screens and views by name; whatever else is typed is searched for. */
export function Palette(): VNode {
  const box = useRef<HTMLInputElement>(null)
  const text = useSignal('')
  const chosen = useSignal(0)
  useEffect(() => box.current?.focus(), [])
  const found = actionsFor(text.value)
  const run = (action: Action | undefined): void => {
    isPaletteShown.value = false
    action?.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      chosen.value = Math.min(found.length - 1, Math.max(0, chosen.value + step))
    } else if (event.key === 'Enter') run(found[chosen.value])
    else if (event.key === 'Escape') run(undefined)
  }
  return (
    <dialog open class="palette" aria-label="Actions">
      <input
        ref={box}
        aria-label="An action, or words to search for"
        placeholder="An action, a view, or words to search for"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
          chosen.value = 0
        }}
        onKeyDown={onKeyDown}
        onBlur={(event) => {
          const to = event.relatedTarget
          if (!(to instanceof Element && to.closest('.palette'))) run(undefined)
        }}
      />
      <ul>
        {found.map((action, place) => (
          <li key={action.name} class={place === chosen.value ? 'chosen' : ''}>
            <button type="button" onClick={() => run(action)}>
              {action.name} {action.key !== undefined && <kbd>{action.key}</kbd>}
            </button>
          </li>
        ))}
      </ul>
    </dialog>
  )
}

const MOST = 12

function actionsFor(text: string): readonly Action[] {
  const typed = text.trim().toLowerCase()
  const to = (name: string, route: Partial<Route>): Action => ({ name, run: () => go(route) })
  const all: Action[] = [
    ...KEYS.map(([key, name, run]) => ({ name, key: key.trim() || 'space', run })),
    to('compare two versions', { screen: 'compare', by: 'version' }),
    to('compare two models', { screen: 'compare', by: 'model' }),
    ...[...USUAL_VIEWS, ...savedViews.value].map(({ name, q, cols }) =>
      to(`view ${name}`, { screen: 'calls', q, cols })
    )
  ]
  const found = all.filter(({ name }) => name.toLowerCase().includes(typed))
  const search = to(`search for ${text.trim()}`, { screen: 'calls', q: text.trim() })
  return [...found.slice(0, MOST), ...(typed === '' ? [] : [search])]
}
