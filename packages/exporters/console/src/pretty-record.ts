import {
  type AuditRecord,
  parseRecord,
  type SealedContent,
  type SealedRecord
} from '@slm-audit/core/exporter'

/** Colours a text. */
export type Paint = (colour: 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string

/** How records are shown. */
export interface PrettyOptions {
  readonly paint: Paint
  /** Longest text of a content, in characters; 0 for none. */
  readonly textLength: number
}

const COLOURS = {
  complete: 'green',
  error: 'red',
  abandoned: 'red',
  denied: 'red',
  cancelled: 'yellow'
} as const

/** Shows a record: a line of its facts, then a line for each content that is text. */
export function prettyRecord({
  paint,
  textLength
}: PrettyOptions): (sealed: SealedRecord) => string {
  return (sealed) => {
    const record = parseRecord(sealed)
    const { at, stage, auditId } = record
    const colour = stage in COLOURS ? COLOURS[stage as keyof typeof COLOURS] : 'cyan'
    const line = [
      paint('dim', at.slice(11, 23)),
      paint(colour, stage.padEnd(9)),
      ...factsOf(record),
      paint('dim', auditId)
    ].join('  ')
    const texts = textLength > 0 ? sealed.contents.flatMap((each) => textOf(each, textLength)) : []
    return [line, ...texts.map((text) => `  ${text}`)].join('\n')
  }
}

function factsOf({ kind, call, response, timing, outcome, event }: AuditRecord): string[] {
  const { inputTokens, outputTokens } = response?.usage ?? {}
  const facts = [
    kind === 'call' ? call?.operation : kind,
    response?.model ?? call?.model ?? call?.provider,
    (inputTokens ?? outputTokens) !== undefined &&
      `${inputTokens ?? '?'} → ${outputTokens ?? '?'} tokens`,
    timing && `${timing.durationMs} ms`,
    outcome?.type ?? outcome?.by,
    event && JSON.stringify(event)
  ]
  return facts.filter((fact) => typeof fact === 'string').map(printable)
}

function textOf({ name, type, body }: SealedContent, length: number): string[] {
  if (!body || !/^(text\/|application\/json)/.test(type)) return []
  // A character is four bytes at most.
  const text = printable(new TextDecoder().decode(body.subarray(0, length * 4 + 4)))
  return [`${name}: ${text.length > length ? `${text.slice(0, length)}…` : text}`]
}

/** One line; what could steer a terminal is shown as a space. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
}
