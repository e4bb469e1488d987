import { computed } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import { countWord, durationWord, percentWord } from '../text/words.ts'
import { go, route } from './route.ts'

/** A column of the list. */
export interface Column {
  readonly name: string
  /** Its width, as CSS says it. */
  readonly width: string
  readonly isNumber?: true
  readonly read: (call: CallSummary) => string
}

/** What a row can show beside mark, time, question and answer, in its order. */
export const COLUMNS: readonly Column[] = [
  { name: 'user', width: 'minmax(0, 72px)', read: ({ user = '' }) => user },
  { name: 'session', width: 'minmax(0, 84px)', read: ({ session = '' }) => session },
  { name: 'tenant', width: 'minmax(0, 84px)', read: ({ tenant = '' }) => tenant },
  {
    name: 'model',
    width: 'minmax(0, 132px)',
    read: ({ kind, tool, model }) => (kind === 'tool' ? `⌂ ${tool ?? 'tool'}` : (model ?? kind))
  },
  { name: 'version', width: 'minmax(0, 64px)', read: ({ version = '' }) => version },
  { name: 'service', width: 'minmax(0, 96px)', read: ({ service = '' }) => service },
  { name: 'tokens', width: '84px', isNumber: true, read: tokensOf },
  {
    name: 'confidence',
    width: '44px',
    isNumber: true,
    read: ({ confidence }) => (confidence === undefined ? '' : percentWord(confidence))
  },
  {
    name: 'first',
    width: '60px',
    isNumber: true,
    read: ({ firstChunkMs }) => (firstChunkMs === undefined ? '' : durationWord(firstChunkMs))
  },
  { name: 'number', width: '76px', isNumber: true, read: ({ index }) => countWord(index) }
]

const USUAL = ['user', 'model', 'tokens']

/** Names of the columns that are shown. */
export const shownColumns = computed<readonly string[]>(() => {
  const { cols } = route.value
  if (cols === '') return USUAL
  return cols.split(',').filter((name) => COLUMNS.some((column) => column.name === name))
})

/** Shows a column, or no more. */
export function toggleColumn(name: string): void {
  const shown = shownColumns.value
  const next = COLUMNS.map((column) => column.name).filter((each) =>
    each === name ? !shown.includes(each) : shown.includes(each)
  )
  const cols = next.join(',') === USUAL.join(',') ? '' : next.join(',') || 'none'
  go({ ...route.value, cols }, true)
}

function tokensOf({ inputTokens, outputTokens }: CallSummary): string {
  if (inputTokens === undefined && outputTokens === undefined) return ''
  return `${inputTokens ?? '–'}→${outputTokens ?? '–'}`
}
