import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { hrefOf, route } from '../state/route.ts'
import { forgetView, savedViews, saveView, USUAL_VIEWS } from '../state/views.ts'
import { Menu } from './menu.tsx'

/** Filters and columns that have a name. */
export function Views(): VNode {
  const name = useSignal('')
  const { q, cols } = route.value
  const save = (event: Event): void => {
    event.preventDefault()
    const given = name.value.trim()
    if (given !== '') saveView({ name: given, q, cols })
    name.value = ''
  }
  return (
    <Menu name="Views">
      {USUAL_VIEWS.map((view) => (
        <a key={view.name} href={hrefOf({ screen: 'calls', ...view })}>
          {view.name} <span class="faint mono">{view.q}</span>
        </a>
      ))}
      {savedViews.value.map((view) => (
        <span key={view.name} class="saved">
          <a href={hrefOf({ screen: 'calls', q: view.q, cols: view.cols })}>
            {view.name} <span class="faint mono">{view.q}</span>
          </a>
          <button type="button" aria-label={`forget ${view.name}`} onClick={() => forgetView(view)}>
            ✕
          </button>
        </span>
      ))}
      <form onSubmit={save}>
        <input
          aria-label="Name of this view"
          placeholder="Name of this view"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value
          }}
        />
        <button type="submit">save</button>
      </form>
    </Menu>
  )
}
