import { laidOver } from '../base/host-first.ts'

/**
 * What Node keeps in its web streams, by which readers are seen that no method of a stream gave: those that
 * `new ReadableStreamDefaultReader(stream)` makes. Elsewhere, and where Node should change, nothing here does anything.
 */

/** What is used of it. */
interface StreamState {
  reader: object | undefined
}

/** Has `hear` told of each reader that `stream` gets, when it does. */
export function watchReaders(stream: object, hear: (reader: object) => void): void {
  const state = stateOf(stream)
  if (state === undefined) return
  const member = laidOver(state.reader, (reader) => {
    if (reader !== undefined) hear(reader)
    return reader
  })
  Object.defineProperty(state, 'reader', { ...member, enumerable: true })
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
