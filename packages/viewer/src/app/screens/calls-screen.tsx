import { useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import { Facets } from '../parts/facets.tsx'
import { FilterBar } from '../parts/filter-bar.tsx'
import { Histogram } from '../parts/histogram.tsx'
import { NoRows } from '../parts/no-rows.tsx'
import { Peek } from '../parts/peek.tsx'
import { Rows } from '../parts/rows.tsx'
import { rows, waiting, watchCalls } from '../state/calls.ts'
import { watchFigures } from '../state/figures.ts'
import { areFacetsShown } from '../state/keys.ts'
import { route } from '../state/route.ts'

/** All calls, newest first, with a filter, their times and values, and one of them beside the list. */
export function CallsScreen(): VNode {
  useSignalEffect(() => watchCalls())
  useSignalEffect(() => watchFigures())
  const isEmpty = rows.value.length === 0 && waiting.value.length === 0
  const { open } = route.value
  const classes = ['calls', open === '' ? '' : 'peeking', areFacetsShown.value ? 'with-facets' : '']
  return (
    <main class={classes.filter(Boolean).join(' ')}>
      <h1 class="unseen-title">Calls</h1>
      <FilterBar />
      <Histogram />
      <Facets />
      {isEmpty ? <NoRows /> : <Rows />}
      {open !== '' && <Peek id={open} />}
    </main>
  )
}
