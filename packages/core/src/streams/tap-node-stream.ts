import { over } from '../base/host-first.ts'
import { define, type TapObserver } from './tap-iterator.ts'

/** What of a Node stream is used: Node's module itself is not, so that bundles for browsers work. */
export interface NodeStream {
  /** Tells the listeners of a name. */
  emit(name: string, ...values: unknown[]): boolean
}

/**
 * Watches a Node stream of bytes in place: `observer` hears what it emits, when it does, which is
 * when its consumer takes it. No listener is added and nothing is read, so that neither its flow
 * nor its closing move. Where the observer waits for a record, what follows the end or the error
 * waits, too.
 */
export function tapNodeStream(stream: NodeStream, observer: TapObserver<Uint8Array>): void {
  const { emit } = stream
  let isOver = false
  let waiting: Promise<unknown> | undefined
  const value = over<NodeStream, [name: string, ...values: unknown[]], boolean>(
    emit,
    (host, name, ...values) => {
      if (!isOver) {
        const [first] = values
        if (name === 'data') observer.next(first as Uint8Array)
        else if (name === 'end' || name === 'error' || name === 'close') {
          isOver = true
          waiting = ended(observer, name, first)
        }
      }
      if (waiting === undefined) return host(name, ...values)
      waiting = waiting.then(host.bind(undefined, name, ...values))
      return true
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
