import { useSignal, useSignalEffect } from '@preact/signals'
import type { Completions } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askCompletions } from '../api.ts'
import { isLoading, isWhole, problem, rows, tookMs } from '../state/calls.ts'
import { facets, histogram, isHistogramStale } from '../state/figures.ts'
import { areFacetsShown } from '../state/keys.ts'
import { go, listOf, route } from '../state/route.ts'
import { hasText } from '../text/filter-words.ts'
import { counted, countWord } from '../text/words.ts'
import { Columns } from './columns.tsx'
import { Views } from './views.tsx'

/** Time without a key after which a filter is asked for, in milliseconds. */
const PAUSE_MS = 120
const NONE: Completions = { from: 0, items: [] }

/** The filter of the list, with completion of names, values and dates. */
export function FilterBar(): VNode {
  const text = useSignal(route.value.q)
  const offers = useSignal(NONE)
  const chosen = useSignal(-1)
  useSignalEffect(() => {
    const { q } = route.value
    // This runs a frame after the address changed: what was typed since then stays, as does a blank at its end.
    if (q === asked) return
    asked = q
    if (q !== text.peek().trim()) text.value = q
  })
  const change = (value: string): void => {
    text.value = value
    chosen.value = -1
    clearTimeout(timer)
    timer = setTimeout(() => ask(value), PAUSE_MS)
    void offer(value)
  }
  const offer = async (value: string): Promise<void> => {
    const found = await askCompletions(value).catch(() => NONE)
    if (text.value === value) offers.value = found
  }
  const close = (): void => {
    offers.value = NONE
  }
  const take = (place: number): void => {
    const item = offers.value.items[place]
    if (!item) return
    const end = /[:.]$/.test(item.text) ? '' : ' '
    change(text.value.slice(0, offers.value.from) + item.text + end)
    document.querySelector<HTMLInputElement>('#filter')?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event
    const { items } = offers.value
    if (key === 'Enter') {
      event.preventDefault()
      if (chosen.value >= 0) take(chosen.value)
      else {
        close()
        ask(text.value)
      }
    } else if ((key === 'ArrowDown' || key === 'ArrowUp') && items.length > 0) {
      event.preventDefault()
      const step = key === 'ArrowDown' ? 1 : -1
      chosen.value = Math.min(items.length - 1, Math.max(-1, chosen.value + step))
    } else if (key === 'Tab' && items.length > 0 && !event.shiftKey) {
      event.preventDefault()
      take(Math.max(0, chosen.value))
    } else if (key === 'Escape') close()
  }
  return (
    <search class="filter">
      <div class="typed">
        <input
          id="filter"
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={offers.value.items.length > 0}
          aria-controls="offers"
          aria-autocomplete="list"
          {...(chosen.value >= 0 && { 'aria-activedescendant': `offer-${chosen.value}` })}
          placeholder="user:u-7 stage:error took:>2s refund   (press /)"
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onFocus={() => void offer(text.value)}
          onBlur={close}
        />
        <Offers offers={offers.value} chosen={chosen.value} onTake={take} />
      </div>
      <output class="count">{summary()}</output>
      <Order />
      <ShowValues />
      <Views />
      <Columns />
      <Wrong />
    </search>
  )
}

/** Which calls come first, where a filter looks for words. */
function Order(): VNode | null {
  const { q, sort } = route.value
  if (!hasText(q)) return null
  const flip = (): void =>
    go({ ...route.value, sort: sort === '' ? 'relevance' : '', open: '' }, true)
  return (
    <button type="button" aria-pressed={sort !== ''} onClick={flip}>
      best first
    </button>
  )
}

/** Where there is no room beside the list, values are a sheet that this opens. */
function ShowValues(): VNode {
  const isShown = areFacetsShown.value
  const flip = (): void => {
    areFacetsShown.value = !isShown
  }
  return (
    <button type="button" class="show-values" aria-expanded={isShown} onClick={flip}>
      Values
    </button>
  )
}

let timer: ReturnType<typeof setTimeout> | undefined
/** The filter of the address, as it was asked for here or was last taken from it. */
let asked: string | undefined

function ask(q: string): void {
  clearTimeout(timer)
  asked = q.trim()
  if (asked === route.value.q) return
  go({ ...route.value, ...listOf(asked), open: '' }, true)
}

interface OffersProps {
  readonly offers: Completions
  readonly chosen: number
  readonly onTake: (place: number) => void
}

function Offers({ offers, chosen, onTake }: OffersProps): VNode {
  return (
    <div id="offers" class="offers" role="listbox" aria-label="What can be typed">
      {offers.items.slice(0, 12).map(({ text, about }, place) => (
        <div
          key={text}
          id={`offer-${place}`}
          role="option"
          tabIndex={-1}
          aria-selected={place === chosen}
          onPointerDown={(event) => {
            event.preventDefault()
            onTake(place)
          }}
        >
          <b>{text}</b> <span class="faint">{about}</span>
        </div>
      ))}
    </div>
  )
}

/** How many calls the filter means, of how many, and how fast that was told; nothing of one that cannot be read. */
function summary(): string {
  if (problem.value) return ''
  const count = rows.value.length
  const all = (facets.value.kind ?? [])
    .filter(({ value }) => ['call', 'tool', 'step'].includes(value))
    .reduce((sum, { calls }) => sum + calls, 0)
  const took = isLoading.value ? '…' : `${Math.max(1, Math.round(tookMs.value))} ms`
  if (isLoading.value && count === 0) return took
  if (route.value.q === '') return `${counted(Math.max(all, count), 'call')} · ${took}`
  const of = all === 0 ? '' : ` of ${countWord(Math.max(all, count))}`
  if (isWhole()) return `${countWord(count)}${of} calls · ${took}`
  const bars = isHistogramStale.value ? undefined : histogram.value
  const more = bars && bars.calls > count ? countWord(bars.calls) : `${countWord(count)}+`
  return `${more}${of} calls · ${took}`
}

/** What is wrong with the filter, with the place and what was probably meant. */
function Wrong(): VNode | null {
  const wrong = problem.value
  if (!wrong) return null
  const { q } = route.value
  const { from, to, nearest } = wrong
  const isPlace = from !== undefined && to !== undefined
  return (
    <p class="wrong" role="alert">
      {isPlace && (
        <code>
          {q.slice(0, from)}
          <u>{q.slice(from, Math.max(to, from + 1))}</u>
          {q.slice(Math.max(to, from + 1))}
        </code>
      )}{' '}
      {wrong.message}{' '}
      {isPlace && nearest !== undefined && (
        <button
          type="button"
          onClick={() => go({ ...route.value, q: q.slice(0, from) + nearest + q.slice(to) }, true)}
        >
          use {nearest}
        </button>
      )}
    </p>
  )
}
