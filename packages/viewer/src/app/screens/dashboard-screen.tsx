import { useSignal, useSignalEffect } from '@preact/signals'
import type { StatsRow } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Series } from '../../server/figures.ts'
import { askEvents, askSeries } from '../api.ts'
import { Chart, type Line, type Note } from '../parts/chart.tsx'
import { QueryBox } from '../parts/query-box.tsx'
import { followChanges } from '../state/live.ts'
import { go, route } from '../state/route.ts'
import { hasTimes, withTimes, withWords } from '../text/filter-words.ts'
import { countWord, durationWord, percentWord, rangeWord } from '../text/words.ts'

/** Figures follow changes of the log so often at most, in milliseconds. */
const EVERY_MS = 5_000

/** How calls went over time; a click at a moment shows its calls. */
export function DashboardScreen(): VNode {
  const series = useSignal<Series | null | undefined>(undefined)
  const anomalies = useSignal<readonly Note[]>([])
  const problem = useSignal('')
  useSignalEffect(() => {
    const { q } = route.value
    const load = async (): Promise<void> => {
      try {
        const found = await askSeries(q)
        if (route.value.q !== q) return
        series.value = found
        problem.value = ''
        anomalies.value = await anomalyNotes()
      } catch (error) {
        if (route.value.q === q) problem.value = (error as Error).message
      }
    }
    return followChanges(load, EVERY_MS)
  })
  const found = series.value
  const { q } = route.value
  return (
    <main class="dashboard">
      <h1 class="unseen-title">Dashboard</h1>
      <div class="over">
        <QueryBox placeholder="figures of… model:qwen* since:7d version:2.4.0" />
        <Times />
      </div>
      {problem.value !== '' && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
      {found === undefined && problem.value === '' && (
        <p class="faint late" aria-busy="true">
          Counting…
        </p>
      )}
      {found === null && <p class="empty">No calls yet: charts appear with the first ones.</p>}
      {found && (
        <>
          <p class="sentence">{sentence(found)}</p>
          {hasTimes(q) && (
            <button type="button" onClick={() => go({ ...route.value, q: withTimes(q) })}>
              all times
            </button>
          )}
          <Charts found={found} anomalies={anomalies.value} />
        </>
      )}
    </main>
  )
}

const TIMES = ['1h', '24h', '7d', '30d'] as const

function Times(): VNode {
  const { q } = route.value
  const rest = withTimes(q)
  return (
    <div class="times">
      {TIMES.map((time) => (
        <button
          key={time}
          type="button"
          aria-pressed={q.includes(`since:${time}`)}
          onClick={() => go({ ...route.value, q: withWords(rest, `since:${time}`) })}
        >
          {time}
        </button>
      ))}
    </div>
  )
}

function sentence({ from, to, rows }: Series): string {
  const sum = (read: (row: StatsRow) => number) => rows.reduce((all, row) => all + read(row), 0)
  const calls = sum((row) => row.calls)
  if (calls === 0) return 'No model call ended in this time.'
  const errors = sum((row) => row.errors)
  const tokens = sum((row) => row.inputTokens + row.outputTokens)
  return `${countWord(calls)} model calls, ${rangeWord(from, to)}: ${percent(errors / calls)} failed, ${countWord(tokens)} tokens.`
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? `${(share * 100).toFixed(1)}%` : percentWord(share)
}

interface ChartsProps {
  readonly found: Series
  readonly anomalies: readonly Note[]
}

function Charts({ found, anomalies }: ChartsProps): VNode {
  const { times, steps } = useMemo(() => onScale(found), [found])
  const line = (
    name: string,
    color: string,
    read: (row: StatsRow) => number | undefined
  ): Line => ({
    name,
    color,
    values: steps.map((row) => (row ? (read(row) ?? null) : null))
  })
  const bars = (name: string, color: string, read: (row: StatsRow) => number): Line => ({
    name,
    color,
    isBars: true,
    values: steps.map((row) => (row ? read(row) : 0))
  })
  const versions: Note[] = found.versions.map(({ version, at }) => ({
    at,
    word: version,
    color: 'info'
  }))
  const shared = {
    times,
    notes: [...versions, ...anomalies],
    onPick: (at: number) =>
      showCalls(Math.floor(at / found.everyMs) * found.everyMs, found.everyMs),
    onRange: (from: number, to: number) =>
      go({ ...route.value, q: withTimes(route.value.q, from, to) })
  }
  return (
    <div class="charts">
      <Chart
        {...shared}
        title="Calls"
        word={countWord}
        lines={[
          bars('calls', 'accent', ({ calls }) => calls),
          bars('errors', 'bad', ({ errors }) => errors)
        ]}
      />
      <Chart
        {...shared}
        title="Errors"
        word={percent}
        lines={[line('failed', 'bad', ({ errors, calls }) => errors / calls)]}
      />
      <Chart
        {...shared}
        title="Duration"
        word={durationWord}
        lines={quantiles(line, ({ durationMs }) => durationMs)}
      />
      <Chart
        {...shared}
        title="First chunk"
        word={durationWord}
        lines={quantiles(line, ({ firstChunkMs }) => firstChunkMs)}
      />
      <Chart
        {...shared}
        title="Tokens"
        word={countWord}
        lines={[
          line('in', 'info', ({ inputTokens }) => inputTokens),
          line('out', 'accent', ({ outputTokens }) => outputTokens)
        ]}
      />
      <Chart
        {...shared}
        title="Confidence"
        word={percentWord}
        lines={[line('mean', 'ok', ({ confidence }) => confidence)]}
      />
    </div>
  )
}

function quantiles(
  line: (name: string, color: string, read: (row: StatsRow) => number | undefined) => Line,
  of: (
    row: StatsRow
  ) => { readonly p50: number; readonly p95: number; readonly p99: number } | undefined
): readonly Line[] {
  return [
    line('p50', 'ok', (row) => of(row)?.p50),
    line('p95', 'warn', (row) => of(row)?.p95),
    line('p99', 'bad', (row) => of(row)?.p99)
  ]
}

/** All steps of the range, those without a call, too. */
function onScale({ from, to, everyMs, rows }: Series) {
  const known = new Map(rows.map((row) => [Date.parse(row.at ?? ''), row]))
  const first = Math.floor(from / everyMs) * everyMs
  const times = Array.from(
    { length: Math.max(1, Math.ceil((to - first) / everyMs)) },
    (_, place) => first + place * everyMs
  )
  return { times, steps: times.map((at) => known.get(at)) }
}

function showCalls(from: number, everyMs: number): void {
  go({ screen: 'calls', q: withTimes(route.value.q, from, from + everyMs) })
}

async function anomalyNotes(): Promise<readonly Note[]> {
  const found = await askEvents(['anomaly']).catch(() => [])
  return found.map(({ at, event }) => {
    const word = event?.detector ?? event?.name ?? event?.metric ?? 'anomaly'
    const since = event?.since ?? event?.from ?? at
    return { at: Date.parse(String(since)), word: String(word), color: 'warn' }
  })
}
