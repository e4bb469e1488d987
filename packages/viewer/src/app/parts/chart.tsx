import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import UPlot from 'uplot'
import { theme } from '../state/theme.ts'

/** One line or row of bars of a chart. */
export interface Line {
  readonly name: string
  /** A colour of the tokens, without its dashes. */
  readonly color: string
  readonly values: readonly (number | null)[]
  readonly isBars?: boolean
}

/** A vertical line with a word. */
export interface Note {
  readonly at: number
  readonly word: string
  /** A colour of the tokens. */
  readonly color: string
}

interface Props {
  readonly title: string
  /** Moments in milliseconds since 1970, ascending. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly notes: readonly Note[]
  readonly word: (value: number) => string
  /** Told the moment that somebody clicked at. */
  readonly onPick: (at: number) => void
  /** Told the times that somebody dragged over. */
  readonly onRange: (from: number, to: number) => void
}

/** What a chart shows now: a reference that each rendering sets. */
interface Newest {
  readonly current: Props
}

const HEIGHT = 170

/** Figures over time: all charts of a page share their cursor; dragging narrows, a click picks a moment. */
export function Chart(props: Props): VNode {
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef<{ readonly chart: UPlot; times: Props['times'] }>(null)
  const newest = useRef(props)
  newest.current = props
  useEffect(() => {
    const element = box.current
    if (!element) return
    const chart = new UPlot(optionsOf(newest, element), dataOf(newest.current), element)
    drawn.current = { chart, times: newest.current.times }
    const fit = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: HEIGHT })
    )
    fit.observe(element)
    return () => {
      fit.disconnect()
      drawn.current = null
      chart.destroy()
    }
  }, [theme.value])
  useEffect(() => {
    const now = drawn.current
    if (!now) return
    if (now.times === props.times) return now.chart.redraw(false)
    now.times = props.times
    now.chart.setData(dataOf(props))
  }, [props.times, props.notes])
  const { title, lines, times, word } = props
  const last = times.length - 1
  const told = lines.map(({ name, values }) => {
    const value = values.findLast((each) => each !== null)
    return `${name} ${value === undefined || value === null ? '–' : word(value)}`
  })
  return (
    <figure class="chart">
      <figcaption>
        {title} <span class="faint">{last < 0 ? '' : `newest: ${told.join(' · ')}`}</span>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title}: newest ${told.join(', ')}`} />
    </figure>
  )
}

function dataOf({ times, lines }: Props): UPlot.AlignedData {
  return [times.map((at) => at / 1_000), ...lines.map(({ values }) => [...values])]
}

/**
 * The options of a chart, which stays while its figures change: whoever points at it or drags over
 * it goes on. `newest` holds what the chart shows now.
 */
function optionsOf(newest: Newest, element: HTMLElement): UPlot.Options {
  const color = (name: string) => resolved(element, name)
  const { lines, word } = newest.current
  const axis = {
    stroke: color('faint'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false }
  }
  const font = '11px system-ui, sans-serif'
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: {
      sync: { key: 'dashboard' },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 }
    },
    legend: { show: true, live: true },
    scales: { x: { time: true } },
    axes: [
      {
        ...axis,
        font,
        size: 28,
        values: (_, splits, __, ___, step) => splits.map((at) => tickWord(at, step))
      },
      { ...axis, font, size: 64, values: (_, splits) => splits.map((split) => word(split)) }
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, color, word))],
    hooks: {
      draw: [(chart) => drawNotes(chart, newest.current.notes, color)],
      ready: [(chart) => listen(chart, newest)]
    }
  }
}

function seriesOf(
  { name, color: token, isBars = false }: Line,
  color: (name: string) => string,
  word: (value: number) => string
): UPlot.Series {
  const stroke = color(token)
  const bars = UPlot.paths.bars?.({ size: [0.8, 40] })
  return {
    label: name,
    stroke,
    width: isBars ? 0 : 1.5,
    ...(isBars && { fill: stroke, ...(bars && { paths: bars }) }),
    spanGaps: false,
    points: { show: false },
    value: (_, value) => (value === null ? '–' : word(value))
  }
}

const DAY_SECONDS = 86_400

function tickWord(at: number, step: number): string {
  const date = new Date(at * 1_000)
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0
  return step >= DAY_SECONDS || isMidnight
    ? date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
    : date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

/** A token's colour as canvases take it: what `light-dark()` chooses. */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(--${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function drawNotes(chart: UPlot, notes: readonly Note[], color: (name: string) => string): void {
  const { ctx, bbox } = chart
  ctx.save()
  ctx.textAlign = 'left'
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
  for (const { at, word, color: token } of notes) {
    const x = Math.round(chart.valToPos(at / 1_000, 'x', true))
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue
    ctx.strokeStyle = color(token)
    ctx.fillStyle = color(token)
    ctx.setLineDash([4, 4])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.fillText(word, x + 4, bbox.top + 12 * devicePixelRatio)
  }
  ctx.restore()
}

/** A drag shorter than this, in pixels, is a click. */
const CLICK = 4

function listen(chart: UPlot, newest: Newest): void {
  let from = 0
  chart.over.addEventListener('pointerdown', ({ offsetX }) => {
    from = offsetX
  })
  chart.over.addEventListener('pointerup', ({ offsetX }) => {
    const time = (x: number) => Math.round(chart.posToVal(x, 'x') * 1_000)
    const { onPick, onRange } = newest.current
    if (Math.abs(offsetX - from) < CLICK) return onPick(time(offsetX))
    onRange(time(Math.min(from, offsetX)), time(Math.max(from, offsetX)))
  })
}
