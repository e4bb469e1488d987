import { eventMessage } from './event-message.ts'
import type { Writer, WrittenEvent } from './writers/writer.ts'

/** Content types of streams, by their framing. */
export const STREAM_TYPES = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
  aws: 'application/vnd.amazon.eventstream'
} as const satisfies { readonly [Framing in Writer['framing']]: string }

/** An error that a stream says, as its event. */
export function errorFrame(
  framing: Writer['framing'],
  protocol: string,
  error: { readonly [name: string]: unknown }
): string | Uint8Array {
  if (framing === 'aws') {
    return eventMessage(String(error.__type ?? 'internalServerException'), JSON.stringify(error), {
      isException: true
    })
  }
  const isNamed = protocol === 'anthropic.messages' || protocol === 'openai.responses'
  return frameOf(framing, { data: error, ...(isNamed && { name: 'error' }) })
}

/** An event as it goes over the wire, with its end. */
export function frameOf(
  framing: Writer['framing'],
  { data, name }: WrittenEvent
): string | Uint8Array {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  if (framing === 'aws') return eventMessage(name ?? 'chunk', text)
  if (framing === 'ndjson') return `${text}\n`
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`
}
