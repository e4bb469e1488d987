import { useSignal } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
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
import { go, hrefOf, route } from '../state/route.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { counted, countWord, dayWord, durationWord, timeWord } from '../text/words.ts'

/** Height of a row in pixels: on narrow screens it has two lines. */
const ROW = 36
const NARROW_ROW = 60
const NARROW = 700
/** Rows that are drawn above and below those in sight. */
const MARGIN = 10
/** Rows before the end at which older ones are loaded. */
const AHEAD = 100

/** The list: only rows in sight are elements, older pages are loaded as they come near. */
export function Rows(): VNode {
  const box = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(800)
  const row = useSignal(ROW)
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
  useEffect(() => keepInSight(box.current, current.value, row.value), [current.value])
  const list = rows.value
  const first = Math.max(0, Math.floor(top.value / row.value) - MARGIN)
  const last = Math.min(list.length, Math.ceil((top.value + height.value) / row.value) + MARGIN)
  if (last > list.length - AHEAD && hasMore()) void loadMore()
  const onScroll = (event: { readonly currentTarget: HTMLDivElement }): void => {
    top.value = event.currentTarget.scrollTop
    isAtTop.value = top.value < row.value
  }
  return (
    <div class={isLoading.value ? 'rows stale' : 'rows'} ref={box} onScroll={onScroll}>
      {waiting.value.length > 0 && (
        <button type="button" class="new" onClick={takeWaiting}>
          {countWord(waiting.value.length)} new ↑
        </button>
      )}
      <ul style={{ height: `${list.length * row.value}px` }}>
        {list.slice(first, last).map((call, place) => (
          <Row
            key={call.auditId}
            call={call}
            place={first + place}
            height={row.value}
            before={list[first + place - 1]}
          />
        ))}
      </ul>
    </div>
  )
}

function keepInSight(box: HTMLDivElement | null, place: number, row: number): void {
  if (!box) return
  const from = place * row
  if (from < box.scrollTop) box.scrollTop = from
  else if (from + row > box.scrollTop + box.clientHeight)
    box.scrollTop = from + row - box.clientHeight
}

interface RowProps {
  readonly call: CallSummary
  readonly place: number
  readonly height: number
  readonly before: CallSummary | undefined
}

function Row({ call, place, height, before }: RowProps): VNode {
  const { index, stage, receivedAt, user, model, durationMs, tool, kind } = call
  const isOpen = route.value.open === String(index)
  const isCurrent = current.value === place
  const isNewDay = before !== undefined && dayWord(before.receivedAt) !== dayWord(receivedAt)
  const onClick = (event: MouseEvent): void => {
    current.value = place
    // A click by the keyboard opens the call, and so does one where there is no room beside the list.
    if (event.metaKey || event.ctrlKey || event.detail === 0 || innerWidth <= NARROW) return
    event.preventDefault()
    event.stopPropagation()
    go({ ...route.value, open: isOpen ? '' : String(index) }, true)
  }
  const classes = [
    'row',
    stage,
    isCurrent ? 'current' : '',
    isOpen ? 'open' : '',
    isNewDay ? 'day' : ''
  ]
  return (
    <li style={{ top: `${place * height}px`, height: `${height}px` }}>
      <a
        class={classes.join(' ')}
        href={hrefOf({ screen: 'call', id: String(index) })}
        onClick={onClick}
        onDblClick={() => go({ screen: 'call', id: String(index) })}
      >
        <StageMark stage={stage} />
        <time dateTime={receivedAt} title={dayWord(receivedAt)}>
          {isNewDay ? dayWord(receivedAt) : timeWord(receivedAt)}
        </time>
        <span class="user">
          <Visible text={user ?? ''} />
        </span>
        <Said call={call} />
        <span class="model">
          <Visible text={kind === 'tool' ? `⌂ ${tool ?? 'tool'}` : (model ?? kind)} />
        </span>
        <span class="tokens">{tokensOf(call)}</span>
        <span class="took">{stage === 'received' ? 'open' : durationWord(durationMs)}</span>
      </a>
    </li>
  )
}

function Said({ call }: { readonly call: CallSummary }): VNode {
  const { question, answer, errorType, stage, operation, snippet, tool, kind } = call
  const asks = tool !== undefined && kind !== 'tool' ? `asks ⌂ ${tool}` : ''
  const said = stage === 'error' ? [errorType, answer].filter(Boolean).join(', ') : (answer ?? asks)
  const asked = question ?? snippet ?? operation ?? ''
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

function tokensOf({ inputTokens, outputTokens }: CallSummary): string {
  if (inputTokens === undefined && outputTokens === undefined) return ''
  return `${inputTokens ?? '–'}→${outputTokens ?? '–'}`
}

/** What stands in the place of rows where there are none. */
export function NoRows(): VNode {
  const { q } = route.value
  if (isLoading.value) return <div class="rows" />
  if (q !== '') {
    return (
      <div class="empty">
        <p>No call matches.</p>
        <p>
          <a href={hrefOf({ screen: 'calls' })}>Show all calls</a>
        </p>
      </div>
    )
  }
  return (
    <div class="empty">
      <p>No calls yet. Wrap a client and ask it something:</p>
      <pre>{`const log = await createAuditLog()
const openai = wrapOpenAI(new OpenAI(), log)
await openai.chat.completions.create({ model, messages })`}</pre>
      <p class="faint">The call appears here by itself. {counted(0, 'call')} so far.</p>
    </div>
  )
}
