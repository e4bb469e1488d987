import type { AuditRecord } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { momentWord } from './clock-words.ts'
import { dot } from './marks.ts'
import { durationWord, tokensWord, wrap } from './words.ts'

const NAME_WIDTH = 9
const MIB = 1024 * 1024
/** Keeps a number and its unit on one line. */
const TIED = '\u00a0'

/**
 * The facts of a call, one a line, in the order of a question: what, when, who, how, by what. Unless
 * `all` are asked for, digests are short, and what nearly every call has alike is left out.
 */
export function renderFacts(call: AuditedCall, terminal: Terminal, all = false): string[] {
  const { record, stage } = call
  const isUsual = !all && stage === 'complete'
  const facts: readonly (readonly [string, string])[] = [
    ['call', callFact(record)],
    ['time', timeFact(call, terminal)],
    ['who', whoFact(record, terminal)],
    ['trace', record.trace ? `${record.trace.traceId}, span ${record.trace.spanId}` : ''],
    ['tokens', tokensFact(record)],
    ['settings', pairs(record.call?.settings)],
    ['model', all ? modelFact(record) : shortModelFact(record)],
    ['ended', isUsual && record.outcome === undefined ? '' : endedFact(record)],
    ['attempts', isUsual && (record.attempts?.length ?? 0) < 2 ? '' : attemptsFact(record)],
    ['system', all ? systemFact(record) : ''],
    ['altered', alteredFact(record)],
    ['says', pairs(record.event)],
    ['id', call.auditId],
    ['log', logFact(call)]
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

function callFact({ call, parent, response }: AuditRecord): string {
  if (call === undefined) return ''
  const { operation, provider, model, name, stream, source } = call
  const asked = name ?? model
  const answered = response?.model
  const other = answered !== undefined && answered !== asked ? ` → ${answered}` : ''
  return listed([
    `${operation} ${provider}${asked ? ` ${asked}` : ''}${other}`,
    stream ? 'stream' : '',
    source ? `read from ${source}` : '',
    parent ? `below ${parent}` : ''
  ])
}

function listed(words: readonly string[], between = ', '): string {
  return words.filter((word) => word !== '').join(between)
}

function logFact({ indices, record: { at, log } }: AuditedCall): string {
  const place = `${indices.join(', ')} of ${log.origin}`
  if (log.sealedAt === undefined) return place
  const waited = Date.parse(log.sealedAt) - Date.parse(at)
  return `${place}, taken in ${tied(durationWord(waited))} after it ended`
}

function timeFact({ receivedAt, record }: AuditedCall, terminal: Terminal): string {
  const { timing } = record
  const at = momentWord(receivedAt, terminal)
  if (timing === undefined) return at
  const { durationMs, timeToFirstChunkMs: first, tokensPerSecond } = timing
  const parts = listed([
    first === undefined ? '' : `first chunk ${tied(durationWord(first))}`,
    first === undefined || first > durationMs
      ? ''
      : `stream ${tied(durationWord(durationMs - first))}`,
    tokensPerSecond === undefined ? '' : tied(`${Math.round(tokensPerSecond)} tok/s`)
  ])
  return `${at}, ${tied(durationWord(durationMs))}${parts && ` (${parts})`}`
}

function tied(measure: string): string {
  return measure.replaceAll(' ', TIED)
}

function whoFact({ context = {}, service }: AuditRecord, terminal: Terminal): string {
  const { user, session, conversation, tags = {}, ...rest } = context
  return listed(
    [
      user ?? '',
      session === undefined ? '' : `session ${session}`,
      conversation === undefined || conversation === session ? '' : `conversation ${conversation}`,
      ...Object.entries(rest).map(([name, value]) => `${name} ${wordOf(value)}`),
      ...Object.entries(tags).map(([name, value]) => `${name} ${wordOf(value)}`),
      listed([service?.name ?? '', service?.version ?? ''], ' ')
    ],
    ` ${dot(terminal)} `
  )
}

function wordOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function tokensFact({ response }: AuditRecord): string {
  const usage = response?.usage ?? {}
  const { cacheReadTokens: cached, reasoningTokens: reasoning } = usage
  return listed([
    tokensWord(usage),
    cached === undefined ? '' : `cached ${cached}`,
    reasoning === undefined ? '' : `reasoning ${reasoning}`
  ])
}

/** What tells one model from another; `--all` has the rest. */
function shortModelFact({ model }: AuditRecord): string {
  const { name, file, quantization, contextSize, digest } = model ?? {}
  const short = digest === undefined ? '' : `sha256 ${digest.slice(0, 8)}…${digest.slice(-4)}`
  const size = contextSize === undefined ? '' : `context ${contextSize}`
  return listed([name ?? file ?? '', quantization ?? '', size, short])
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
