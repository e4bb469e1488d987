import type { Anomaly, AuditedCall } from '@slm-audit/core/reader'
import type { Terminal } from '../../terminal.ts'
import { momentShort } from '../clock-words.ts'
import { visible } from '../columns.ts'
import { durationFigure } from '../figures.ts'
import { cut } from '../words.ts'

/** Anomalies, one a line: when, and what is not as usual. */
export function renderAnomalies(records: readonly AuditedCall[], terminal: Terminal): string {
  if (records.length === 0) return 'nothing was found that is not as usual'
  return records
    .map(({ record, indices }) => {
      const when = terminal.style('dim', momentShort(record.at, terminal))
      const number = terminal.style('bold', String(indices[0]))
      const words = visible(anomalyWords(record.event as unknown as Anomaly))
      const room = terminal.width - String(indices[0]).length - 24
      return `${terminal.style('yellow', '!')} ${number}  ${when}  ${cut(words, Math.max(20, room))}`
    })
    .join('\n')
}

/** What is not as usual, in words. */
export function anomalyWords(anomaly: Anomaly): string {
  const { detector, model, value, session, usual, now } = anomaly
  const of = model === undefined ? '' : ` of ${model}`
  switch (detector) {
    case 'errors':
      return `calls${of} fail more often than usual${share(usual)}`
    case 'refusals':
      return `answers${of} are refused or empty more often than usual${share(usual)}`
    case 'language':
      return `answers${of} are in another language than their question more often than usual${share(usual)}`
    case 'latency':
      return `calls${of} take longer: a third of them over ${usual === undefined ? '?' : durationFigure(usual)}, as one of ten does`
    case 'tokens':
      return `calls${of} take more tokens: a third of them over ${Math.round(usual ?? 0)}, as one of ten does`
    case 'confidence':
      return `${model ?? 'the model'} is less sure: a third of the calls under ${percent(usual)}, as one of ten is`
    case 'loop':
      return `session ${session} asks the same again and again, ${now} times in ten minutes`
    case 'model':
      return `a model that was never seen before: ${value}`
    case 'tool':
      return `a tool that was never seen before: ${value}`
    case 'silence':
      return `no calls, where at least ${usual} an hour are usual`
  }
}

function share(usual: number | undefined): string {
  return usual === undefined ? '' : ` (${percent(usual)})`
}

function percent(part: number | undefined): string {
  return part === undefined ? '?' : `${(part * 100).toFixed(part < 0.1 ? 1 : 0)}%`
}
