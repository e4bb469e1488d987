import { useSignal, useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import { go, route } from '../state/route.ts'

/** The filter of a screen that is no list of calls; Enter asks. */
export function QueryBox({ placeholder }: { readonly placeholder: string }): VNode {
  const text = useSignal(route.value.q)
  useSignalEffect(() => {
    text.value = route.value.q
  })
  const ask = (event: Event): void => {
    event.preventDefault()
    go({ ...route.value, q: text.value.trim() })
  }
  return (
    <search class="query">
      <form onSubmit={ask}>
        <input
          id="filter"
          type="search"
          aria-label="Filter"
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
          onChange={ask}
        />
      </form>
    </search>
  )
}
