import type { ConfidenceSummary } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/journal'
import type { Style, Terminal } from '../terminal.ts'
import { columnsOf, visible } from './columns.ts'

const MOST = 40
const BARS = '▁▂▃▄▅▆▇█'

/**
 * Tokens with their probabilities, wrapped to the width: a bar as high as the probability, the
 * token, the percentage. `undefined` when the model gave none.
 */
export function renderLogprobs(
  value: unknown,
  summary: ConfidenceSummary | undefined,
  terminal: Terminal
): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const cells = value.slice(0, MOST).map((token) => cell(token, terminal))
  const lines: string[] = []
  let line = ''
  let length = 0
  for (const { text, width } of cells) {
    if (length + width > terminal.width - 2 && length > 0) {
      lines.push(line.trimEnd())
      line = ''
      length = 0
    }
    line += `${text}  `
    length += width + 2
  }
  lines.push(line.trimEnd())
  if (value.length > MOST) lines.push(terminal.style('dim', `… ${value.length - MOST} more`))
  const heading = terminal.style('dim', `confidence${summaryWords(summary)}`)
  return [heading, ...lines.map((text) => `  ${text}`)].join('\n')
}

function summaryWords(summary: ConfidenceSummary | undefined): string {
  const perplexity = summary?.perplexity
  if (perplexity === undefined || summary?.tokens === undefined) return ''
  return ` of ${summary.tokens} tokens, perplexity ${perplexity.toFixed(2)}`
}

function cell(token: unknown, terminal: Terminal): { text: string; width: number } {
  const entry = isObject(token) ? token : {}
  const share = Math.exp(Number(entry.logprob))
  const word = visible(JSON.stringify(String(entry.token ?? '')).slice(1, -1)).trim() || '␠'
  const percent = Number.isFinite(share) ? `${Math.round(share * 100)}%` : '?'
  const bar = BARS[Math.min(BARS.length - 1, Math.floor((share || 0) * BARS.length))] ?? ''
  const style: Style = share >= 0.7 ? 'green' : share >= 0.3 ? 'yellow' : 'red'
  return {
    text: `${terminal.style(style, bar)} ${word} ${terminal.style('dim', percent)}`,
    width: 1 + 1 + columnsOf(word) + 1 + percent.length
  }
}
