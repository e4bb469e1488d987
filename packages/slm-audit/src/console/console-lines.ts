import { Console } from 'node:console'
import { styleText } from 'node:util'
import { AuditError, defineExporter, type ExporterEntry, type SealedRecord } from '@slm-audit/core'
import { parseRecord } from '@slm-audit/core/exporter'
import { type AuditedCall, type CallSummary, mergeCall } from '@slm-audit/core/reader'
import { renderLine } from '../render/calls-list.ts'
import { visible, visibleJson } from '../render/columns.ts'
import { conversationOf } from '../render/conversation.ts'
import { isAscii, type Terminal } from '../terminal.ts'

/** Calls that have begun are remembered up to that many, so that their ends can say what was asked. */
const MOST_OPEN = 1_000
/** Columns where standard error is no terminal. */
const USUAL = 120

/** Where lines go; standard error unless a test gives another. */
type Lines = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & NodeJS.WritableStream

/**
 * An exporter that writes a line for each call that ends from now on. A stream that cannot be written
 * costs the line and nothing else.
 */
export function consoleLines(
  format: 'pretty' | 'json',
  stream: Lines = process.stderr
): ExporterEntry {
  const console = new Console({ stdout: stream, ignoreErrors: true })
  const begun = new Map<string, SealedRecord>()
  const startedAt = new Date().toISOString()
  const exporter = defineExporter({
    name: 'console',
    export(batch) {
      for (const sealed of batch) {
        const line = lineOf(sealed)
        if (line !== undefined) console.log(line)
      }
    }
  })

  function lineOf(sealed: SealedRecord): string | undefined {
    const { auditId, stage, kind, at, event } = parseRecord(sealed)
    // What an earlier process left is no news.
    if (at < startedAt) return undefined
    if (stage === 'event') return kind === 'gap' ? lostLine(event, stream) : undefined
    if (stage === 'received') {
      begun.set(auditId, sealed)
      if (begun.size > MOST_OPEN) begun.delete(begun.keys().next().value ?? '')
      return undefined
    }
    const first = begun.get(auditId)
    begun.delete(auditId)
    const call = mergeCall(first ? [first, sealed] : [sealed])
    if (call === undefined) return undefined
    const summary = summaryOf(call)
    return format === 'json' ? visibleJson(summary) : renderLine(summary, terminalOf(stream))
  }

  return { exporter, from: 'now', delayMs: 0 }
}

/** Throws AuditError `bad_option` for what is not a format of lines. */
export function checkConsole(format: unknown): void {
  if (format === undefined || format === 'pretty' || format === 'json') return
  throw new AuditError('bad_option', 'console must be pretty or json; leave it out for no lines')
}

function lostLine(event: unknown, stream: Lines): string {
  const word = `records were lost: ${visible(JSON.stringify(event))}; slm-audit list --kind gap`
  return terminalOf(stream).style('red', word)
}

function summaryOf(call: AuditedCall): CallSummary {
  const { auditId, indices, stage, receivedAt, record } = call
  const { kind, call: asked, response, context, timing, outcome } = record
  const { now } = conversationOf(call)
  const said = (...roles: string[]) => now.findLast(({ role }) => roles.includes(role))?.text
  const tool = kind === 'tool' ? asked?.name : response?.toolCalls?.[0]?.name
  const facts = {
    provider: asked?.provider,
    model: response?.model ?? asked?.model,
    operation: asked?.operation,
    session: context?.session,
    user: context?.user,
    durationMs: timing?.durationMs,
    inputTokens: response?.usage?.inputTokens,
    outputTokens: response?.usage?.outputTokens,
    errorType: outcome?.type ?? outcome?.by,
    question: said('user', 'input'),
    answer: said('assistant', 'output', 'error') ?? said('asks'),
    tool
  }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return { auditId, index: indices[0] ?? 0, kind, stage, receivedAt, ...Object.fromEntries(known) }
}

function terminalOf(stream: Lines): Pick<Terminal, 'width' | 'style'> & Terminal {
  const colours = stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const nothing = () => undefined
  return {
    width: (stream.isTTY && stream.columns) || USUAL,
    isAscii: isAscii(),
    isInteractive: false,
    isGone: false,
    print: nothing,
    write: nothing,
    explain: nothing,
    progress: nothing,
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text)
  }
}
