import { isMeant, over, tell } from '../base/host-first.ts'
import { define, type TapObserver } from './tap-iterator.ts'

/** What of a Node stream is used: Node's module itself is not, so that bundles for browsers work. */
export interface NodeStream {
  /** Tells the listeners of a name. */
  emit(name: string, ...values: unknown[]): boolean
  /** How many they are. */
  listenerCount?(name: string): number
}

/**
 * Watches a Node stream of bytes in place: `observer` hears what it emits, when it does, which is
 * when its consumer takes it. No listener is added and nothing is read, so that neither its flow
 * nor its closing move. Where the observer waits for a record, what follows the end or the error
 * waits, too; where that must not go on without its record, listeners of errors hear why in its place.
 */
export function tapNodeStream(stream: NodeStream, observer: TapObserver<Uint8Array>): void {
  const { emit } = stream
  let isOver = false
  let waiting: Promise<unknown> | undefined
  const value = over<NodeStream, [name: string, ...values: unknown[]], boolean>(
    emit,
    (host, name, ...values) => {
      const pass = () => host(name, ...values)
      const isLast = !isOver && (name === 'end' || name === 'error' || name === 'close')
      const [first] = values
      if (isLast) {
        isOver = true
        waiting = ended(observer, name, first)?.then(pass, (cause: unknown) => {
          if (!isMeant(cause)) tell(cause)
          else if (stream.listenerCount?.('error')) return host('error', cause)
          return pass()
        })
      } else {
        if (!isOver && name === 'data') observer.next(first as Uint8Array)
        waiting = waiting?.then(pass)
      }
      return waiting === undefined ? pass() : true
    }
  )
  define(stream, { emit: value })
}

function ended(
  observer: TapObserver<Uint8Array>,
  name: string,
  error: unknown
): Promise<void> | undefined {
  if (name === 'end') return observer.end()
  if (name === 'error') return observer.fail(error)
  observer.cancel()
  return undefined
}
