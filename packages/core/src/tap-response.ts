import { method, newNotes, newOverlay, present } from './overlay.ts'
import { isEmitter, tapEmitter } from './tap-emitter.ts'
import { after, both, isAsyncIterable, type TapObserver, tapIterable } from './tap-iterator.ts'
import { type BodyChunk, Sequence, tapStream } from './tap-stream.ts'

const taps = newNotes<Sequence>()

/**
 * Watches a response in place: the same object, of the same class, whose body tells `observer`
 * of the bytes the application takes, when it takes them. Nothing is read that the application
 * does not read. A body that is taken whole is one chunk. Several observers, of several logs or of
 * an answer from a cache, are all told. Returns false for a response that cannot be changed.
 */
export function tapResponse(response: Response, observer: TapObserver<BodyChunk>): boolean {
  if (!Object.isExtensible(response)) return false
  const before = taps.get(response)
  taps.set(response, Sequence.ofBytes(before ? both(before.branch(), observer) : observer))
  if (!before) layOver(response)
  return true
}

const layOver = newOverlay((native: Response) => {
  const body = findGetter(native, 'body')
  return present(native, {
    body: {
      configurable: true,
      get(this: Response) {
        const stream = body?.call(this) as ReadableStream<Uint8Array> | null | undefined
        const sequence = taps.get(this)
        if (!stream || !sequence) return stream
        return typeof stream.getReader === 'function'
          ? tapStream(stream, sequence)
          : tapIterableBody(stream, sequence)
      }
    },
    text: method(function (this: Response) {
      return whole(this, native.text.call(this), (text) => text)
    }),
    json: method(function (this: Response) {
      const text = whole(this, native.text.call(this), (found) => found)
      return text.then((found) => parse(this, found))
    }),
    arrayBuffer: method(function (this: Response) {
      return whole(this, native.arrayBuffer.call(this), (buffer) => new Uint8Array(buffer.slice(0)))
    }),
    bytes: method(function (this: Response) {
      return whole(this, native.bytes.call(this), (bytes) => bytes.slice())
    }),
    blob: method(function (this: Response) {
      return whole(this, native.blob.call(this), readBlob)
    }),
    clone: method(function (this: Response) {
      const sequence = taps.get(this)
      const copy = native.clone.call(this)
      if (sequence) {
        taps.set(copy, sequence)
        layOver(copy)
      }
      return copy
    })
  })
})

/** Classes of other makes refuse what is no JSON in their own words, with errors of their own. */
function parse(response: Response, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const Class = response.constructor as typeof Response
    if (Class === globalThis.Response) throw error
    return refuse(Class, response, text).then((own) => {
      throw own ?? error
    })
  }
}

/** The error of a class's own, if it has one. */
async function refuse(Class: typeof Response, like: Response, text: string): Promise<unknown> {
  let copy: Response
  try {
    copy = new Class(text, like)
  } catch {
    return undefined
  }
  return copy.json().then(
    () => undefined,
    (error: unknown) => error
  )
}

const iterableBodies = new WeakMap<object, Sequence>()

/** Bodies of node-fetch and its kind are streams of Node, which applications iterate or pipe. */
function tapIterableBody<S>(stream: S, sequence: Sequence): S {
  if (!isAsyncIterable(stream) || iterableBodies.get(stream) === sequence) return stream
  iterableBodies.set(stream, sequence)
  const iterated = sequence.branch()
  if (!isEmitter(stream)) return tapIterable(stream as S & AsyncIterable<Uint8Array>, iterated)
  // Whichever way the chunks are taken, each is seen once.
  const emitted = sequence.branch()
  const cancel = () => {
    iterated.cancel()
    emitted.cancel()
  }
  tapEmitter(stream, { ...emitted, cancel })
  tapIterable(stream as object as AsyncIterable<Uint8Array>, { ...iterated, cancel })
  return stream
}

/** Tells of a body that is taken in one piece. */
function whole<T>(
  response: Response,
  taken: Promise<T>,
  toChunk: (body: T) => BodyChunk | Promise<BodyChunk>
): Promise<T> {
  const branch = taps.get(response)?.branch()
  if (branch === undefined) return taken
  return taken.then(
    (body) => {
      const told = (chunk: BodyChunk) => {
        if (chunk.length > 0) branch.next(chunk)
        return after(branch.end(), body)
      }
      const chunk = toChunk(body)
      return chunk instanceof Promise ? chunk.then(told) : told(chunk)
    },
    async (error) => {
      await branch.fail(error)
      throw error
    }
  )
}

/** A blob's bytes; one that cannot be read is the application's to find out. */
function readBlob(blob: Blob): Promise<Uint8Array> {
  return blob.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => new Uint8Array()
  )
}

function findGetter(from: object, name: string): (() => unknown) | undefined {
  for (let at: object | null = from; at; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor) return descriptor.get
  }
  return undefined
}
