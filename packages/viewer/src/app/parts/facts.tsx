import type { AuditRecord } from '@slm-audit/core/reader'
import type { ComponentChildren, VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { hrefOf } from '../state/route.ts'
import { testOf } from '../text/filter-words.ts'
import { Visible } from '../text/visible.tsx'
import { countWord, durationWord, momentWord, percentWord, shortDigest } from '../text/words.ts'

type Fact = readonly [name: string, value: ComponentChildren]

interface Props {
  readonly call: CallView
  /** Only what one looks for first. */
  readonly isShort?: boolean
}

const SHORT = ['model', 'settings', 'tokens', 'who', 'altered', 'finish']

/** What is known of a call, beside what was said. */
export function Facts({ call, isShort = false }: Props): VNode {
  const facts = factsOf(call).filter(
    ([name, value]) => value !== '' && value !== undefined && (!isShort || SHORT.includes(name))
  )
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? <Visible text={value} /> : value}</dd>
        </div>
      ))}
    </dl>
  )
}

function factsOf({ record, receivedAt, indices, auditId }: CallView): Fact[] {
  const { call, response, context, timing, outcome, altered, trace, parent } = record
  return [
    [
      'call',
      [call?.operation, call?.provider, call?.stream ? 'streamed' : ''].filter(Boolean).join(' ')
    ],
    ['model', modelOf(record)],
    [
      'time',
      `${momentWord(receivedAt)}${timing ? `, took ${durationWord(timing.durationMs)}` : ''}`
    ],
    ['who', context ? <Context key="who" context={context} /> : ''],
    ['service', [record.service?.name, record.service?.version].filter(Boolean).join(' ')],
    ['tokens', tokensOf(response?.usage)],
    ['settings', pairs(call?.settings)],
    ['finish', (response?.finishReasons ?? []).join(', ')],
    ['outcome', outcome ? pairs(outcome) : ''],
    [
      'attempts',
      (record.attempts ?? [])
        .map(
          ({ status, error, durationMs }) =>
            `${status ?? error ?? 'ok'} ${durationWord(durationMs)}`
        )
        .join(', ')
    ],
    ['altered', altered?.length ? <Altered key="altered" altered={altered} /> : ''],
    ['policy', record.policy ? `rule ${record.policy.rule}, level ${record.policy.level}` : ''],
    ['system', systemOf(record)],
    ['trace', trace ? `${trace.traceId} ${trace.spanId}` : ''],
    [
      'parent',
      parent ? (
        <a key="parent" href={hrefOf({ screen: 'call', id: parent })}>
          <Visible text={parent} />
        </a>
      ) : (
        ''
      )
    ],
    ['log', `${indices.join(', ')} of ${record.log.origin}`],
    ['id', auditId]
  ]
}

/** What is not stored as it was given: where, what happened, and by which rule. */
function Altered({ altered }: { readonly altered: NonNullable<AuditRecord['altered']> }): VNode {
  return (
    <ul class="altered">
      {altered.map(({ pointer, what, reason, detector, operator, count }) => (
        <li key={pointer + what + reason}>
          <code>
            <Visible text={pointer} />
          </code>{' '}
          {what}
          {(count ?? 1) > 1 && ` ×${count}`}
          <Visible
            text={[
              reason && `: ${reason}`,
              detector && `, found by ${detector}`,
              operator && `, ${operator}`
            ]
              .filter(Boolean)
              .join('')}
          />
        </li>
      ))}
    </ul>
  )
}

function Context({ context }: { readonly context: AuditRecord['context'] }): VNode | null {
  if (!context) return null
  return (
    <>
      {Object.entries(flat(context)).map(([name, value]) => (
        <span class="chip" key={name}>
          {typeof value === 'string' ? (
            <a
              href={
                name === 'session'
                  ? hrefOf({ screen: 'session', id: value })
                  : hrefOf({ screen: 'calls', q: testOf(name, value) })
              }
            >
              {name} <Visible text={value} />
            </a>
          ) : (
            <>
              {name} <Visible text={typeof value === 'string' ? value : JSON.stringify(value)} />
            </>
          )}
        </span>
      ))}
    </>
  )
}

/** Tags as filters name them. */
function flat({ tags = {}, ...rest }: NonNullable<AuditRecord['context']>) {
  const named = Object.entries(tags).map(([name, value]) => [`tag.${name}`, value])
  return { ...rest, ...Object.fromEntries(named) }
}

function modelOf({ call, response, model }: AuditRecord): string {
  const { digest, quantization } = (model ?? {}) as { digest?: string; quantization?: string }
  const answered = response?.model ?? call?.model ?? ''
  const asked = call?.model && call.model !== answered ? `${call.model} → ` : ''
  return [`${asked}${answered}`, quantization ?? '', digest ? `sha256 ${shortDigest(digest)}` : '']
    .filter(Boolean)
    .join('  ')
}

function tokensOf(given: object | undefined): string {
  const usage = given as { readonly [name: string]: unknown } | undefined
  if (!usage) return ''
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  const word = (value: unknown) => (typeof value === 'number' ? countWord(value) : '–')
  const more = [
    typeof cacheReadTokens === 'number' ? `cached ${countWord(cacheReadTokens)}` : '',
    typeof reasoningTokens === 'number' ? `reasoning ${countWord(reasoningTokens)}` : ''
  ]
  return [`${word(inputTokens)} → ${word(outputTokens)}`, ...more].filter(Boolean).join('  ')
}

function systemOf({ system, host }: AuditRecord): string {
  if (!system && !host) return ''
  return [
    host?.runtime ?? '',
    host?.platform ?? '',
    system?.rss === undefined ? '' : `rss ${Math.round(system.rss / 1024 ** 2)} MiB`,
    system?.eventLoopUtilization === undefined
      ? ''
      : `event loop ${percentWord(system.eventLoopUtilization)}`,
    system ? `${system.openCalls} open` : ''
  ]
    .filter(Boolean)
    .join(' · ')
}

function pairs(value: object | undefined): string {
  return Object.entries(value ?? {})
    .map(
      ([name, member]) => `${name} ${typeof member === 'string' ? member : JSON.stringify(member)}`
    )
    .join(', ')
}
