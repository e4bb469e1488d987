import type { Writer, WrittenEvent } from './writers/writer.ts'

/** Content types of streams, by their framing. */
export const STREAM_TYPES = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson'
} as const satisfies { readonly [Framing in Writer['framing']]: string }

/** An event as it goes over the wire, with its end. */
export function frameOf(framing: Writer['framing'], { data, name }: WrittenEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  if (framing === 'ndjson') return `${text}\n`
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`
}
