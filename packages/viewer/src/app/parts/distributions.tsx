import { useSignal, useSignalEffect } from '@preact/signals'
import { STATS_DIMENSIONS, type StatsRow } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askFigures } from '../api.ts'
import { Visible } from '../text/visible.tsx'
import { countWord, durationWord, percentWord } from '../text/words.ts'

interface Props {
  readonly by: string
  readonly names: readonly [string, string]
  readonly q: string
}

interface Figure {
  readonly name: string
  readonly word: (value: number) => string
  readonly read: (row: StatsRow) => number | undefined
}

const FIGURES: readonly Figure[] = [
  { name: 'calls', word: countWord, read: ({ calls }) => calls },
  { name: 'errors', word: shareWord, read: ({ errors, calls }) => errors / calls },
  { name: 'duration p50', word: durationWord, read: ({ durationMs }) => durationMs?.p50 },
  { name: 'duration p95', word: durationWord, read: ({ durationMs }) => durationMs?.p95 },
  { name: 'duration p99', word: durationWord, read: ({ durationMs }) => durationMs?.p99 },
  { name: 'first chunk p50', word: durationWord, read: ({ firstChunkMs }) => firstChunkMs?.p50 },
  { name: 'first chunk p95', word: durationWord, read: ({ firstChunkMs }) => firstChunkMs?.p95 },
  { name: 'tokens a second', word: meanWord, read: ({ tokensPerSecond }) => tokensPerSecond?.p50 },
  {
    name: 'tokens out, mean',
    word: meanWord,
    read: ({ outputTokens, calls }) => outputTokens / calls
  },
  { name: 'confidence', word: percentWord, read: ({ confidence }) => confidence },
  { name: 'empty answers', word: shareWord, read: ({ empty, calls }) => empty / calls }
]

/** The figures of all calls of both sides, paired or not, as bars on one scale. */
export function Distributions({ by, names, q }: Props): VNode | null {
  const rows = useSignal<readonly StatsRow[]>([])
  const dimension = STATS_DIMENSIONS.find((each) => each === by)
  useSignalEffect(() => {
    if (!dimension) return
    void askFigures(q, dimension).then((found) => {
      rows.value = found
    })
  })
  const sides = names.map((name) =>
    rows.value.find((row) => dimension && row.by[dimension] === name)
  )
  if (!dimension || sides.some((side) => side === undefined)) return null
  return (
    <section>
      <h2>All calls of both sides</h2>
      <div class="distributions">
        {FIGURES.map((figure) => (
          <Bars key={figure.name} figure={figure} names={names} sides={sides as StatsRow[]} />
        ))}
      </div>
    </section>
  )
}

interface BarsProps {
  readonly figure: Figure
  readonly names: readonly [string, string]
  readonly sides: readonly StatsRow[]
}

function Bars({ figure, names, sides }: BarsProps): VNode | null {
  const values = sides.map((side) => figure.read(side))
  const most = Math.max(...values.map((value) => value ?? 0))
  if (values.every((value) => value === undefined)) return null
  return (
    <div class="figure">
      <h3>{figure.name}</h3>
      {values.map((value, place) => (
        <div key={names[place]} class="figure-row">
          <span class="soft">
            <Visible text={names[place] ?? ''} />
          </span>
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect
              class={place === 0 ? 'before' : 'stream'}
              width={most > 0 ? ((value ?? 0) / most) * 100 : 0}
              height="8"
            />
          </svg>
          <span>{value === undefined ? '–' : figure.word(value)}</span>
        </div>
      ))}
    </div>
  )
}

function shareWord(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

function meanWord(value: number): string {
  return value.toFixed(1)
}
