import { laidOver, quietly } from '../base/host-first.ts'
import { heirless } from '../base/json-text.ts'
import type { SourceObserver } from './branches.ts'
import { sourceOf } from './source-state.ts'

/**
 * What Node keeps in its web streams, by which readers are seen that no method of a stream gave: those that
 * `new ReadableStreamDefaultReader(stream)` makes. Elsewhere, and where Node should change, nothing here does anything.
 */

/** What is used of it. */
export interface StreamState {
  reader: object | undefined
  readonly state: string
  readonly storedError: unknown
}

interface AnyReader {
  readonly closed: Promise<unknown>
}

/** Has `hear` told of each reader that `stream` gets, when it does, and of what Node keeps of the stream. */
export function watchReaders(
  stream: object,
  hear: (reader: object, state: StreamState) => void
): StreamState | undefined {
  const state = stateOf(stream)
  if (state === undefined) return undefined
  const member = laidOver(state.reader, (reader) => {
    if (reader !== undefined) hear(reader, state)
    return reader
  })
  Object.defineProperty(state, 'reader', heirless({ ...member, enumerable: true }))
  return state
}

/** Where a reader's stream comes from, and who is to hear of it. */
export interface ReaderAtSource {
  /** The state of the stream that it is a branch of, or its own. */
  readonly root: object
  readonly observer: SourceObserver<unknown>
  /** Whether the reader's own methods tell of its end. */
  isTold(): boolean
}

/**
 * Has `observer` told of what `reader` takes of a stream, from its source on, where the runtime's own code takes it past
 * the reader's methods: methods of the class, called by name, pipes, structured clones.
 */
export function watchSource(
  state: StreamState,
  reader: object,
  { root, observer, isTold }: ReaderAtSource
): void {
  const [source, first] = [sourceOf(state), sourceOf(root)]
  if (source === undefined || first === undefined) return
  const queued = () => (root === state ? source.queued : [...source.queued, ...first.queued])
  for (const chunk of queued()) observer.next(chunk)
  first.watch(observer)
  const ended = () => {
    if (isTold()) return
    if (source.isCancelled) void observer.cancel()
    else if (first.isClosed) void observer.end()
    else observer.unread()
  }
  // One that gives the stream back rejects, too.
  const failed = () => {
    if (isTold()) return
    if (state.state === 'errored') void observer.fail(state.storedError)
    else if (state.state === 'readable') observer.left(queued())
  }
  // The reader is not ready yet. An application's test may have replaced `queueMicrotask`.
  const watch = () => (reader as AnyReader).closed.then(quietly(ended), quietly(failed))
  Promise.resolve().then(quietly(watch), () => undefined)
}

let known: { readonly isNode: boolean } | undefined

/** Whether what the runtime's own readers of a body take is seen by the methods of its stream. */
export function readsByMethods(): boolean {
  known ??= { isNode: stateOf(new ReadableStream()) !== undefined }
  return known.isNode
}

function stateOf(stream: object): StreamState | undefined {
  const key = Object.getOwnPropertySymbols(stream).find((one) => one.description === 'kState')
  const state: unknown = key && Reflect.get(stream, key)
  const isState = typeof state === 'object' && state !== null && Object.isExtensible(state)
  const own = isState ? Object.getOwnPropertyDescriptor(state, 'reader') : undefined
  return own?.configurable === true && 'value' in own ? (state as StreamState) : undefined
}
