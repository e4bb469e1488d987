import type { AuditRecord } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { counted, durationWord } from '../text/words.ts'

/** Where a call's time went: until the first chunk, the stream, attempts that failed. */
export function Waterfall({ record }: { readonly record: AuditRecord }): VNode | null {
  const { timing, attempts } = record
  if (!timing) return null
  const { durationMs, timeToFirstChunkMs: first, tokensPerSecond } = timing
  const until =
    first === undefined ? undefined : Math.min(100, (first / Math.max(durationMs, 0.001)) * 100)
  const words =
    first === undefined
      ? `took ${durationWord(durationMs)}`
      : `first chunk ${durationWord(first)}, stream ${durationWord(durationMs - first)}${tokensPerSecond === undefined ? '' : `, ${Math.round(tokensPerSecond)} tok/s`}`
  const failed = (attempts ?? []).filter(({ error, status }) => error || (status ?? 200) >= 400)
  const at = (before: readonly { readonly durationMs: number }[]) =>
    (before.reduce((sum, each) => sum + each.durationMs, 0) / Math.max(durationMs, 0.001)) * 100
  return (
    <div class="waterfall">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={words}>
        <rect class="wait" x="0" y="0" width={until ?? 0} height="8" />
        <rect
          class="stream"
          x={until ?? 0}
          y="0"
          width={Math.max(0.3, 100 - (until ?? 0))}
          height="8"
        />
        {failed.map(({ durationMs: ms }, place) => (
          <rect
            key={place}
            class="failed"
            x={at(failed.slice(0, place))}
            width={Math.max(0.5, at([{ durationMs: ms }]))}
            y="0"
            height="8"
          />
        ))}
      </svg>
      <span>{words}</span>
      {failed.length > 0 && (
        <span class="bad">{counted(failed.length, 'attempt')} failed before</span>
      )}
    </div>
  )
}
