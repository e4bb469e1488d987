import { useSignal } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import {
  current,
  hasMore,
  isAtTop,
  isLoading,
  loadMore,
  rows,
  takeWaiting,
  waiting
} from '../state/calls.ts'
import { COLUMNS, type Column, shownColumns } from '../state/columns.ts'
import { isMarked } from '../state/marked.ts'
import { go, hrefOf, route } from '../state/route.ts'
import { testOf, wordsIn } from '../text/filter-words.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord, dayWord, durationWord, shortDayWord, timeWord } from '../text/words.ts'

/** Height of a row in pixels: on narrow screens it has two lines. */
const ROW = 36
const NARROW_ROW = 60
const NARROW = 700
/** Rows that are drawn above and below those in sight. */
const MARGIN = 10
/** Rows that the list is scrolled by before others are drawn. */
const STEP = 5
/** Rows before the end at which older ones are loaded. */
const AHEAD = 100

/** Engines cut elements off that are higher than this, in pixels: beyond it the thumb stands for a share of the list. */
const HIGHEST = 30_000_000

/** The list: only rows in sight are elements, older pages are loaded as they come near. */
export function Rows(): VNode {
  const box = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(800)
  const row = useSignal(ROW)
  const scale = Math.max(1, (rows.value.length * row.value) / HIGHEST)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const measure = new ResizeObserver(() => {
      height.value = element.clientHeight
      row.value = innerWidth <= NARROW ? NARROW_ROW : ROW
    })
    measure.observe(element)
    return () => measure.disconnect()
  }, [])
  useEffect(() => keepInSight(box.current, current.value, row.value, scale), [current.value])
  const list = rows.value
  const offset = top.value * scale
  const first = Math.max(0, Math.floor(offset / row.value) - MARGIN)
  const last = Math.min(list.length, Math.ceil((offset + height.value) / row.value) + MARGIN)
  if (last > list.length - AHEAD && hasMore()) void loadMore()
  const onScroll = (event: { readonly currentTarget: HTMLDivElement }): void => {
    const { scrollTop } = event.currentTarget
    // Where rows stand at their own place, they are drawn anew by steps; else with each move of the thumb.
    const step = scale === 1 ? row.value * STEP : 1
    top.value = Math.floor(scrollTop / step) * step
    isAtTop.value = scrollTop < row.value
  }
  const shown = shownColumns.value
  const { q } = route.value
  const columns = useMemo(() => columnsOf(list[0], shown, q), [list[0], shown, q])
  return (
    <div class={isLoading.value ? 'rows stale' : 'rows'} ref={box} onScroll={onScroll}>
      {waiting.value.length > 0 && (
        <button type="button" class="new" onClick={takeWaiting}>
          {countWord(waiting.value.length)} new ↑
        </button>
      )}
      <ul style={{ height: `${(list.length * row.value) / scale}px` }}>
        {list.slice(first, last).map((call, place) => (
          <Row
            key={call.auditId}
            call={call}
            place={first + place}
            top={(first + place) * row.value - (offset - top.value)}
            height={row.value}
            before={list[first + place - 1]}
            columns={columns}
          />
        ))}
      </ul>
    </div>
  )
}

/** The columns that are shown; one that the filter makes the same in all rows says nothing. */
function columnsOf(
  call: CallSummary | undefined,
  shown: readonly string[],
  q: string
): readonly Column[] {
  const words = wordsIn(q)
  return COLUMNS.filter(({ name, read }) => {
    if (!shown.includes(name)) return false
    return !(call && words.includes(testOf(name, read(call))))
  })
}

function keepInSight(box: HTMLDivElement | null, place: number, row: number, scale: number): void {
  if (!box) return
  const from = (place * row) / scale
  if (from < box.scrollTop) box.scrollTop = from
  else if (from + row > box.scrollTop + box.clientHeight)
    box.scrollTop = from + row - box.clientHeight
}

interface RowProps {
  readonly call: CallSummary
  readonly place: number
  readonly top: number
  readonly height: number
  readonly before: CallSummary | undefined
  readonly columns: readonly Column[]
}

function Row({ call, place, top, height, before, columns }: RowProps): VNode {
  const { index, stage, receivedAt } = call
  const isOpen = route.value.open === String(index)
  const isNewDay = before !== undefined && dayWord(before.receivedAt) !== dayWord(receivedAt)
  const onClick = (event: MouseEvent): void => {
    current.value = place
    // A click by the keyboard opens the call, and so does one where there is no room beside the list.
    if (event.metaKey || event.ctrlKey || event.detail === 0 || innerWidth <= NARROW) return
    event.preventDefault()
    event.stopPropagation()
    go({ ...route.value, open: isOpen ? '' : String(index) }, true)
  }
  const is = {
    current: current.value === place,
    open: isOpen,
    day: isNewDay,
    marked: isMarked(call)
  }
  const classes = Object.entries(is).flatMap(([name, holds]) => (holds ? [name] : []))
  const isPeeking = route.value.open !== ''
  const cells = isPeeking ? [] : columns
  const user = cells[0]?.name === 'user' ? cells[0] : undefined
  const rest = user ? cells.slice(1) : cells
  const widths = [user?.width, 'minmax(0, 1fr)', ...rest.map(({ width }) => width)]
  const template = ['16px 68px', ...widths, isPeeking ? '' : '56px', '64px'].filter(Boolean)
  return (
    <li style={{ top: `${top}px`, height: `${height}px` }}>
      <a
        class={['row', stage, ...classes].join(' ')}
        href={hrefOf({ screen: 'call', id: String(index) })}
        style={{ gridTemplateColumns: height === ROW ? template.join(' ') : undefined }}
        onClick={onClick}
        onDblClick={() => go({ screen: 'call', id: String(index) })}
      >
        <StageMark stage={stage} />
        <time dateTime={receivedAt} title={dayWord(receivedAt)}>
          {isNewDay ? shortDayWord(receivedAt) : timeWord(receivedAt)}
        </time>
        {user && <Cell column={user} call={call} />}
        <Said call={call} />
        {rest.map((column) => (
          <Cell key={column.name} column={column} call={call} />
        ))}
        {!isPeeking && <TimeBar call={call} />}
        <span class="took">{stage === 'received' ? 'open' : durationWord(call.durationMs)}</span>
      </a>
    </li>
  )
}

function Cell({ column, call }: { readonly column: Column; readonly call: CallSummary }): VNode {
  return (
    <span class={column.isNumber ? 'cell number' : 'cell'}>
      <Visible text={column.read(call)} />
    </span>
  )
}

/** A bar of this width is this long, in milliseconds; shorter ones by the square root, so that they can be told apart. */
const LONG_MS = 10_000

/** How long a call took, with the time until its first chunk in a lighter tone. */
function TimeBar({ call }: { readonly call: CallSummary }): VNode {
  const { durationMs, firstChunkMs = 0, kind } = call
  if (durationMs === undefined) return <span />
  const width = Math.max(2, Math.min(1, Math.sqrt(durationMs / LONG_MS)) * 100)
  const first = width * Math.min(1, firstChunkMs / Math.max(durationMs, 0.001))
  return (
    <svg class="time-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class={kind === 'tool' ? 'tool' : 'stream'} x="0" width={width} y="0" height="8" />
      {first > 0 && <rect class="until-first" x="0" width={first} y="0" height="8" />}
    </svg>
  )
}

function Said({ call }: { readonly call: CallSummary }): VNode {
  const { question, answer, errorType, stage, operation, snippet, tool, kind, encrypted } = call
  const asks = tool !== undefined && kind !== 'tool' ? `asks ⌂ ${tool}` : ''
  const said = stage === 'error' ? [errorType, answer].filter(Boolean).join(', ') : (answer ?? asks)
  const locked = encrypted === undefined ? undefined : `encrypted (key ${encrypted})`
  const asked = question ?? snippet ?? locked ?? operation ?? ''
  return (
    <span class="talk">
      <span class="asked">
        <Visible text={asked} />
      </span>
      <span class="arrow" aria-hidden="true">
        {said === '' ? '' : '→'}
      </span>
      <span class="answered">
        <Visible text={said === '' && stage === 'received' ? 'waiting…' : said} />
      </span>
    </span>
  )
}
