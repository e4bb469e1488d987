import type { AuditRecord } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { columnsOf, visible } from './columns.ts'
import { stageMark } from './marks.ts'
import { cut, durationWord } from './words.ts'

type EndedBy = NonNullable<NonNullable<AuditRecord['outcome']>['by']>

/** Where a call stands to the newest checkpoint, as a few words; absent where there is no checkpoint. */
export type Standing = { readonly isProved: boolean; readonly size: number } | undefined

/**
 * The first line, which may be all that one needs: how the call ended, who answered whom in what time; and
 * whether a signed checkpoint covers it, at the end of the line or, where that has no room, on the next.
 */
export function titleLines(call: AuditedCall, standing: Standing, terminal: Terminal): string[] {
  const words = visible(titleOf(call).replace(/\s+/g, ' '))
  const proof = standing && proofOf(standing, terminal)
  if (proof === undefined) return [titled(call, cut(words, terminal.width - 2), terminal)]
  const [text, painted] = proof
  const beside = Number.isFinite(terminal.width)
    ? terminal.width - columnsOf(text)
    : columnsOf(words) + 4
  if (columnsOf(words) + 4 > beside) {
    return [titled(call, cut(words, terminal.width - 2), terminal), `  ${painted}`]
  }
  const gap = ' '.repeat(beside - columnsOf(words) - 2)
  return [`${titled(call, words, terminal)}${gap}${painted}`]
}

function titled({ stage }: AuditedCall, words: string, terminal: Terminal): string {
  return `${stageMark(stage, terminal)} ${terminal.style('bold', words)}`
}

function proofOf({ isProved, size }: NonNullable<Standing>, terminal: Terminal) {
  const number = size.toLocaleString('en')
  const text = isProved
    ? `${terminal.isAscii ? '+' : '✓'} proven to checkpoint ${number}`
    : `newer than checkpoint ${number}`
  return [text, terminal.style(isProved ? 'green' : 'dim', text)] as const
}

function titleOf({ stage, record, indices }: AuditedCall): string {
  const { call, response, context, timing, kind, outcome } = record
  const who = call?.name ?? response?.model ?? call?.model ?? call?.operation ?? kind
  const user = context?.user
  const took = timing === undefined ? '' : durationWord(timing.durationMs)
  const of = user === undefined ? '' : ` for ${user}`
  const aside = user === undefined ? '' : ` (${user})`
  switch (stage) {
    case 'complete':
      if (kind !== 'call') return `${kind} ${who} ran${of}${took && ` in ${took}`}`
      return `${who} answered${user === undefined ? '' : ` ${user}`}${took && ` in ${took}`}`
    case 'error': {
      const why = [outcome?.status, outcome?.type ?? outcome?.code].filter(
        (word) => word !== undefined
      )
      return `${who} failed${user === undefined ? '' : ` ${user}`}${took && ` after ${took}`}${why.length > 0 ? `: ${why.join(' ')}` : ''}`
    }
    case 'cancelled':
      return `${who} was stopped${stopWord(outcome?.by)}${took && ` after ${took}`}${aside}`
    case 'abandoned':
      return `${who} never ended, but its process did${aside}`
    case 'received':
      return `${who} has not answered${user === undefined ? ' yet' : ` ${user} yet`}`
    case 'denied':
      return `${who} was refused by the policy${aside}`
    default:
      return `record ${indices[0]}: ${kind}`
  }
}

/** Who ended a call, after `was stopped`. */
function stopWord(by: EndedBy | undefined): string {
  const words: { readonly [By in EndedBy]?: string } = {
    signal: ' by its signal',
    consumer: ' by its reader',
    timeout: ' by a timeout',
    exit: ' by the end of its process',
    unread: ' unread'
  }
  return by === undefined ? '' : (words[by] ?? '')
}
