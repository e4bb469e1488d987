import type { Stage } from '@slm-audit/core'
import type { Style, Terminal } from '../terminal.ts'
import { columnsOf, takeColumns, visible } from './columns.ts'

const STYLES: { readonly [Name in Stage]?: Style } = {
  complete: 'green',
  error: 'red',
  cancelled: 'yellow',
  abandoned: 'red',
  received: 'cyan'
}

/** A stage in its colour, in a column as wide as the longest. */
export function stageWord(stage: Stage, terminal: Terminal, width = 0): string {
  const style = STYLES[stage]
  const word = visible(stage).padEnd(width)
  return style ? terminal.style(style, word) : word
}

/** A duration: `12 ms`, `3.4 s`, `2.1 min`. */
export function durationWord(ms: number | undefined): string {
  if (ms === undefined) return ''
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`
}

/** Tokens in and out: `12 → 34`. */
export function tokensWord(usage: {
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
}): string {
  const { inputTokens, outputTokens } = usage
  if (inputTokens === undefined && outputTokens === undefined) return ''
  return `${inputTokens ?? '?'} → ${outputTokens ?? '?'}`
}

/** The most UTF-16 units that a column takes in real texts, and some more for blanks. */
const UNITS_PER_COLUMN = 16
const LONGEST_CUT = 256

/** A text cut to `width` columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  // What is far behind the cut need not be looked at: texts can be megabytes.
  const begin = text.trimStart().slice(0, LONGEST_CUT + width * UNITS_PER_COLUMN)
  const line = visible(begin.replace(/\s+/g, ' ').trim())
  return columnsOf(line) <= width ? line : `${takeColumns(line, Math.max(1, width - 1))}…`
}

/** A text broken into lines of at most `width` columns, at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of visible(text).split('\n')) {
    let line = ''
    let taken = 0
    for (const word of paragraph.split(' ')) {
      const columns = columnsOf(word)
      if (line !== '' && taken + 1 + columns <= width) {
        line += ` ${word}`
        taken += 1 + columns
      } else {
        if (line !== '') lines.push(line)
        line = word
        for (let part = takeColumns(line, width); part !== line; part = takeColumns(line, width)) {
          lines.push(part)
          line = line.slice(part.length)
        }
        taken = columnsOf(line)
      }
    }
    lines.push(line)
  }
  return lines
}
