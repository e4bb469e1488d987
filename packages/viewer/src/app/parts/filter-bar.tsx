import { useSignal, useSignalEffect } from '@preact/signals'
import { FIELDS, type FieldName } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { problem, rows, tookMs } from '../state/calls.ts'
import { go, route } from '../state/route.ts'
import { countWord } from '../text/words.ts'

/** Time without a key after which a filter is asked for, in milliseconds. */
const PAUSE_MS = 200

/** The filter of the list, with completion of names and of values that the rows have. */
export function FilterBar(): VNode {
  const text = useSignal(route.value.q)
  const isOpen = useSignal(false)
  const chosen = useSignal(0)
  useSignalEffect(() => {
    text.value = route.value.q
  })
  const offers = isOpen.value ? offersFor(text.value) : []
  const change = (value: string): void => {
    text.value = value
    chosen.value = 0
    clearTimeout(timer)
    timer = setTimeout(() => ask(value), PAUSE_MS)
  }
  const take = (offer: string): void => change(completed(text.value, offer))
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event
    if (key === 'Enter') {
      isOpen.value = false
      ask(text.value)
    } else if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault()
      const step = key === 'ArrowDown' ? 1 : -1
      chosen.value = Math.min(offers.length - 1, Math.max(0, chosen.value + step))
    } else if (key === 'Tab' && offers.length > 0 && text.value !== '') {
      event.preventDefault()
      take(offers[chosen.value]?.text ?? '')
    }
  }
  return (
    <search class="filter">
      <input
        id="filter"
        type="search"
        aria-label="Filter"
        placeholder="user:u-7 stage:error took:>2s refund   (press /)"
        autocomplete="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onFocus={() => {
          isOpen.value = true
        }}
        onBlur={() => setTimeout(() => (isOpen.value = false), PAUSE_MS)}
      />
      <output class="count">{summary()}</output>
      {offers.length > 0 && (
        <ul class="offers">
          {offers.map((offer, place) => (
            <li key={offer.text} class={place === chosen.value ? 'chosen' : ''}>
              <button type="button" tabIndex={-1} onClick={() => take(offer.text)}>
                <b>{offer.text}</b> <span class="faint">{offer.about}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <Wrong />
    </search>
  )
}

let timer: ReturnType<typeof setTimeout> | undefined

function ask(q: string): void {
  clearTimeout(timer)
  if (q.trim() !== route.value.q) go({ screen: 'calls', q: q.trim() }, true)
}

function summary(): string {
  const count = rows.value.length
  return `${countWord(count)} shown · ${Math.round(tookMs.value)} ms`
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
      {wrong.message}
      {isPlace && nearest !== undefined && (
        <button
          type="button"
          onClick={() => go({ screen: 'calls', q: q.slice(0, from) + nearest + q.slice(to) }, true)}
        >
          use {nearest}
        </button>
      )}
    </p>
  )
}

interface Offer {
  readonly text: string
  readonly about: string
}

/** Fields whose values the rows have. */
const OF_ROWS = [
  'model',
  'stage',
  'user',
  'session',
  'provider',
  'operation',
  'tool',
  'kind'
] as const

function offersFor(text: string): readonly Offer[] {
  const word = /\S*$/.exec(text)?.[0] ?? ''
  const colon = word.indexOf(':')
  if (colon < 0) {
    const names = Object.entries(FIELDS).filter(([name]) => name.startsWith(word.replace(/^-/, '')))
    return names.slice(0, 8).map(([name, { about }]) => ({ text: `${name}:`, about }))
  }
  const name = word.slice(0, colon).replace(/^-/, '') as FieldName
  const begun = word.slice(colon + 1)
  const field = OF_ROWS.find((each) => each === name)
  if (!field) return []
  const counts = new Map<string, number>()
  for (const row of rows.value) {
    const value = row[field]
    if (value?.startsWith(begun)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 8)
    .map(([value, count]) => ({
      text: `${name}:${quoted(value)}`,
      about: `${count} of those shown`
    }))
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? JSON.stringify(value) : value
}

function completed(text: string, offer: string): string {
  const word = /\S*$/.exec(text)?.[0] ?? ''
  const minus = word.startsWith('-') ? '-' : ''
  const end = offer.endsWith(':') ? '' : ' '
  return `${text.slice(0, text.length - word.length)}${minus}${offer}${end}`
}
