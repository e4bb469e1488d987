import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import type { Histogram as Bars } from '../../server/figures.ts'
import { histogram, isHistogramStale } from '../state/figures.ts'
import { go, listOf, route } from '../state/route.ts'
import { hasTimes, withTimes } from '../text/filter-words.ts'
import { counted, rangeWord } from '../text/words.ts'

const HEIGHT = 34

/** The calls of the filter over time: dragging narrows the list to a time, a click to one bar. */
export function Histogram(): VNode {
  const found = histogram.value
  const { q } = route.value
  const drag = useSignal<readonly [number, number] | undefined>(undefined)
  if (!found) return <div class="histogram" />
  const share = (event: PointerEvent & { readonly currentTarget: Element }): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / width))
  }
  const onDown = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void => {
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.value = [share(event), share(event)]
  }
  const onMove = (event: PointerEvent & { readonly currentTarget: SVGSVGElement }): void => {
    if (drag.value) drag.value = [drag.value[0], share(event)]
  }
  const onUp = (): void => {
    if (drag.value) narrow(found, drag.value)
    drag.value = undefined
  }
  const [one, other] = drag.value ?? [0, 0]
  return (
    <div class={isHistogramStale.value ? 'histogram stale' : 'histogram'}>
      <svg
        viewBox={`0 0 1000 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${counted(found.calls, 'model call')}, ${rangeWord(found.from, found.to)}`}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
      >
        <Drawn found={found} />
        {drag.value && (
          <rect
            class="dragged"
            x={Math.min(one, other) * 1_000}
            width={Math.abs(one - other) * 1_000}
            y="0"
            height={HEIGHT}
          />
        )}
      </svg>
      <span class="range">
        {drag.value ? rangeWord(...timesOf(found, drag.value)) : rangeWord(found.from, found.to)}
        {hasTimes(q) ? (
          <button type="button" onClick={() => go(listOf(withTimes(q)))}>
            all times
          </button>
        ) : (
          <span class="hint">drag to narrow</span>
        )}
      </span>
    </div>
  )
}

function Drawn({ found }: { readonly found: Bars }): VNode {
  const { from, to, everyMs, bars } = found
  const most = Math.max(1, ...bars.map(({ calls }) => calls))
  const scale = 1_000 / (to - from)
  const width = Math.max(1, everyMs * scale - 1)
  return (
    <>
      {bars.map(({ at, calls, errors }) => {
        const x = (at - from) * scale
        const height = Math.max(1.5, (calls / most) * HEIGHT)
        const failed = errors === 0 ? 0 : Math.max(3, (errors / most) * HEIGHT)
        return (
          <g key={at}>
            <rect class="bar-calls" x={x} width={width} y={HEIGHT - height} height={height} />
            {failed > 0 && (
              <rect class="bar-errors" x={x} width={width} y={HEIGHT - failed} height={failed} />
            )}
          </g>
        )
      })}
    </>
  )
}

/** A drag shorter than this share of the width is a click on a bar. */
const CLICK = 0.005

function narrow(found: Bars, drag: readonly [number, number]): void {
  const [from, to] = timesOf(found, drag)
  go(listOf(withTimes(route.value.q, from, to)))
}

function timesOf(
  { from, to, everyMs }: Bars,
  [one, other]: readonly [number, number]
): [number, number] {
  const at = (share: number) => Math.round(from + share * (to - from))
  if (Math.abs(one - other) >= CLICK) return [at(Math.min(one, other)), at(Math.max(one, other))]
  const bar = Math.floor(at(one) / everyMs) * everyMs
  return [bar, bar + everyMs]
}
