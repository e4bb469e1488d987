import { parserNow } from '../base/json-text.ts'
import type { StreamEvent } from '../protocol/protocol.ts'

/** The end mark of OpenAI-style streams; no event. */
export const DONE = '[DONE]'

/** A message of a server-sent event stream: its data as text, and its name. */
export interface Message {
  readonly data: string
  readonly name?: string
  /** Set where the stream ended before the blank line that ends a message. */
  readonly isCut?: true
  /** Set for lines that are not fields, which the standard ignores. */
  readonly isOutside?: true
}

/** A field of a message, or a comment. */
const FIELD = /^(data|event|id|retry)?(:|$)/

/**
 * The messages of a server-sent event stream (WHATWG HTML, section 9.2.6). One that the stream ended in
 * the middle of is among them, as far as it came: not all clients drop it, as the standard says. So are lines
 * that are not fields, such as an error that a server wrote into its stream as bare JSON.
 */
export function readMessages(text: string): Message[] {
  const messages: Message[] = []
  let data: string[] = []
  let outside: string[] = []
  let name: string | undefined
  const dispatch = (isCut: boolean) => {
    if (data.length > 0) {
      const named = name !== undefined && { name }
      messages.push({ data: data.join('\n'), ...named, ...(isCut && { isCut }) })
    }
    if (outside.length > 0) {
      messages.push({ data: outside.join('\n'), isOutside: true, ...(isCut && { isCut }) })
    }
    data = []
    outside = []
    name = undefined
  }
  const take = (line: string) => {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line.startsWith('event:')) name = line.slice(line[6] === ' ' ? 7 : 6)
    else if (!FIELD.test(line)) outside.push(line)
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const unended = lines.pop() ?? ''
  for (const line of lines) {
    if (line === '') dispatch(false)
    else take(line)
  }
  take(unended)
  dispatch(true)
  return messages
}

/**
 * The events of a server-sent event stream whose data is JSON. The last may lack the blank line at its
 * end, if its data came whole. What stands behind the end mark is no event: OpenAI's clients, and most others, read no further.
 */
export function decodeServerSentEvents(text: string): StreamEvent[] {
  const events: StreamEvent[] = []
  const parse = newParse()
  let isOver = false
  for (const { data, name, isCut, isOutside } of readMessages(text)) {
    if (isOver) {
      events.push({ outside: parse(data) ?? data })
      continue
    }
    isOver = isOutside === undefined && data.startsWith(DONE)
    const isPart = isCut && !data.startsWith(DONE) && parse(data) === undefined
    const cut = isCut && { isCut, ...(isPart && { isPart }) }
    if (isOutside || isPart) events.push({ outside: parse(data) ?? data, ...cut })
    else push(events, parse, data, { ...(name !== undefined && { name }), ...cut })
  }
  return events
}

/** The values of newline-delimited JSON; a last line without its newline counts when it parses. */
export function decodeNdjson(text: string): StreamEvent[] {
  const events: StreamEvent[] = []
  const parse = newParse()
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  for (const line of lines) {
    if (line.trim() !== '') push(events, parse, line)
  }
  const rest = parse(last)
  if (rest !== undefined) events.push({ data: rest })
  else if (last.trim() !== '') events.push({ outside: last, isCut: true })
  return events
}

function push(
  events: StreamEvent[],
  parse: Parse,
  text: string,
  more: Pick<StreamEvent, 'isCut'> & { readonly name?: string } = {}
): void {
  // Some servers keep a stream open with messages that have a name alone.
  if (text.startsWith(DONE) || (text === '' && more.name !== undefined)) return
  const data = parse(text)
  events.push(data === undefined ? { malformed: text, ...more } : { data, ...more })
}

/** The value of a JSON text, `undefined` for any other text. */
type Parse = (text: string) => unknown

function newParse(): Parse {
  const parse = parserNow()
  return (text) => {
    try {
      return parse(text)
    } catch {
      return undefined
    }
  }
}
