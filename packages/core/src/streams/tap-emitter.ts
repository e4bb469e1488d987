import { encodedText } from '../base/encoded-text.ts'
import { define, type TapObserver } from './tap-iterator.ts'

/** What of Node's readable streams is used. */
interface Emitter {
  emit(event: string | symbol, ...values: unknown[]): boolean
  readonly readableEncoding?: unknown
}

/** Whether a stream tells of its chunks by events, as Node's do. */
export function isEmitter(stream: object): stream is Emitter {
  const { emit, on, pipe } = stream as { readonly [name: string]: unknown }
  return [emit, on, pipe].every((method) => typeof method === 'function')
}

/**
 * Watches the events of a stream of Node in place, for those who pipe it or listen: it emits what it
 * would, when it would. One that closes before its end was stopped by its consumer.
 */
export function tapEmitter(stream: Emitter, observer: TapObserver<Uint8Array>): void {
  if (!Object.isExtensible(stream)) return
  const { emit } = stream
  let isOver = false
  const tell = (event: string | symbol, value: unknown): void => {
    if (isOver) return
    if (event === 'data') {
      const chunk = bytesOf(value, stream.readableEncoding)
      if (chunk) observer.next(chunk)
      return
    }
    isOver = event === 'end' || event === 'error' || event === 'close'
    if (event === 'end') observer.end()?.catch(ignore)
    else if (event === 'error') observer.fail(value)?.catch(ignore)
    else if (event === 'close') observer.cancel()?.catch(ignore)
  }
  define(stream, {
    emit(this: Emitter, event: string | symbol, ...values: unknown[]) {
      tell(event, values[0])
      return emit.call(this, event, ...values)
    }
  })
}

/** Bytes, of any realm, or a text in the encoding that the stream was given; another value says nothing. */
function bytesOf(value: unknown, encoding: unknown): Uint8Array | undefined {
  if (typeof value === 'string') return encoding ? encodedText(value, encoding) : undefined
  if (!ArrayBuffer.isView(value)) return undefined
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function ignore(): void {
  // An event has no promise that could wait for the record.
}
