import type { StreamEvent } from '../protocol/protocol.ts'

/** The end mark of OpenAI-style streams; no event. */
export const DONE = '[DONE]'

/** A message of a server-sent event stream: its data as text, and its name. */
export interface Message {
  readonly data: string
  readonly name?: string
  /** Set where the stream ended before the blank line that ends a message. */
  readonly isCut?: true
}

/**
 * The messages of a server-sent event stream (WHATWG HTML, section 9.2.6). One that the stream ended in
 * the middle of is among them, as far as it came: not all clients drop it, as the standard says.
 */
export function readMessages(text: string): Message[] {
  const messages: Message[] = []
  let data: string[] = []
  let name: string | undefined
  const dispatch = (isCut: boolean) => {
    if (data.length > 0) {
      const named = name !== undefined && { name }
      messages.push({ data: data.join('\n'), ...named, ...(isCut && { isCut }) })
    }
    data = []
    name = undefined
  }
  const take = (line: string) => {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line.startsWith('event:')) name = line.slice(line[6] === ' ' ? 7 : 6)
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
 * end, if its data came whole.
 */
export function decodeServerSentEvents(text: string): StreamEvent[] {
  const events: StreamEvent[] = []
  for (const { data, name, isCut } of readMessages(text)) {
    if (isCut && parse(data) === undefined) continue
    push(events, data, name)
  }
  return events
}

/** The values of newline-delimited JSON; a last line without its newline counts when it parses. */
export function decodeNdjson(text: string): StreamEvent[] {
  const events: StreamEvent[] = []
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  for (const line of lines) {
    if (line.trim() !== '') push(events, line)
  }
  const rest = parse(last)
  if (rest !== undefined) events.push({ data: rest })
  return events
}

function push(events: StreamEvent[], text: string, name?: string): void {
  if (text.startsWith(DONE)) return
  const data = parse(text)
  if (data === undefined) events.push({ malformed: text })
  else events.push(name === undefined ? { data } : { data, name })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
