import type { AuditRecord } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { momentWord } from './clock-words.ts'
import { durationWord, tokensWord, wrap } from './words.ts'

const NAME_WIDTH = 9
const MIB = 1024 * 1024
/** Keeps a number and its unit on one line. */
const TIED = '\u00a0'

/** The facts of a call, one a line, in the order of a question: who, what, when, how, by what. */
export function renderFacts(call: AuditedCall, terminal: Terminal): string[] {
  const { record } = call
  const facts: readonly (readonly [string, string])[] = [
    ['call', callFact(record)],
    ['time', timeFact(call, terminal)],
    ['context', contextFact(record)],
    ['trace', record.trace ? `${record.trace.traceId}, span ${record.trace.spanId}` : ''],
    ['tokens', tokensWord(record.response?.usage ?? {})],
    ['settings', pairs(record.call?.settings)],
    ['model', modelFact(record)],
    ['ended', endedFact(record)],
    ['attempts', attemptsFact(record)],
    ['system', systemFact(record)],
    ['altered', alteredFact(record)],
    ['says', pairs(record.event)],
    ['id', call.auditId],
    ['log', `${call.indices.join(', ')} of ${record.log.origin}`]
  ]
  const room = terminal.width - NAME_WIDTH - 3
  const lines: string[] = []
  for (const [name, fact] of facts) {
    if (fact === '') continue
    wrap(fact, room).forEach((line, index) => {
      const heading = terminal.style('dim', (index === 0 ? name : '').padEnd(NAME_WIDTH))
      lines.push(`  ${heading} ${line.replaceAll(TIED, ' ')}`)
    })
  }
  return lines
}

function callFact({ call, parent }: AuditRecord): string {
  if (call === undefined) return ''
  const { operation, provider, model, stream, source } = call
  return [
    `${operation} ${provider}${model ? ` ${model}` : ''}`,
    stream ? 'streamed' : '',
    source ? `read from ${source}` : '',
    parent ? `below ${parent}` : ''
  ]
    .filter((word) => word !== '')
    .join(', ')
}

function timeFact({ receivedAt, record }: AuditedCall, terminal: Terminal): string {
  const { timing } = record
  const at = momentWord(receivedAt, terminal)
  if (timing === undefined) return at
  const { durationMs, timeToFirstChunkMs, chunks, tokensPerSecond } = timing
  return [
    `${at}, took ${tied(durationWord(durationMs))}`,
    timeToFirstChunkMs === undefined
      ? ''
      : `first ${chunks === undefined ? 'chunk' : `of ${chunks} chunks`} after ${tied(durationWord(timeToFirstChunkMs))}`,
    tokensPerSecond === undefined ? '' : tied(`${Math.round(tokensPerSecond)} tokens/s`)
  ]
    .filter((word) => word !== '')
    .join(', ')
}

function tied(measure: string): string {
  return measure.replaceAll(' ', TIED)
}

function contextFact({ context, service }: AuditRecord): string {
  const named = service?.name && `${service.name}${service.version ? ` ${service.version}` : ''}`
  return [named ?? '', pairs(context)].filter((word) => word !== '').join(', ')
}

function modelFact({ model }: AuditRecord): string {
  if (model === undefined) return ''
  const { digest, runtime, ...rest } = model
  const facts = [pairs(rest), digest ? `sha256 ${digest}` : '', pairs(runtime)]
  return facts.filter((word) => word !== '').join(', ')
}

function endedFact({ outcome, response }: AuditRecord): string {
  const reasons = response?.finishReasons?.join(', ') ?? ''
  if (outcome === undefined) return reasons
  const { by, ...rest } = outcome
  return [by ? `by ${by}` : '', pairs(rest), reasons].filter((word) => word !== '').join(', ')
}

function attemptsFact({ attempts }: AuditRecord): string {
  return (attempts ?? [])
    .map(
      (attempt) =>
        `${attempt.status ?? attempt.error ?? 'ok'} in ${durationWord(attempt.durationMs)}`
    )
    .join(', ')
}

function systemFact({ system, host }: AuditRecord): string {
  const facts = [host?.runtime ?? '', host?.platform ?? '', host?.pid ? `pid ${host.pid}` : '']
  if (system?.rss !== undefined) facts.push(tied(`rss ${Math.round(system.rss / MIB)} MiB`))
  if (system?.cpu !== undefined) facts.push(tied(`cpu ${percent(system.cpu)}`))
  if (system?.eventLoopUtilization !== undefined) {
    facts.push(tied(`event loop ${percent(system.eventLoopUtilization)}`))
  }
  if (system?.openCalls !== undefined) facts.push(tied(`open calls ${system.openCalls}`))
  return facts.filter((word) => word !== '').join(', ')
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

function alteredFact({ altered }: AuditRecord): string {
  return (altered ?? [])
    .map(({ pointer, what, reason, bytes }) => {
      const detail = [bytes === undefined ? '' : `${bytes} bytes`, reason ?? ''].filter(
        (word) => word
      )
      return `${pointer} ${what}${detail.length > 0 ? ` (${detail.join(', ')})` : ''}`
    })
    .join('; ')
}

function pairs(value: object | undefined): string {
  return Object.entries(value ?? {})
    .map(([name, member]) => `${name} ${typeof member === 'object' ? pairsOrJson(member) : member}`)
    .join(', ')
}

function pairsOrJson(value: unknown): string {
  return JSON.stringify(value)
}
