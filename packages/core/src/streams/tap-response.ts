import type { BodyChunk } from '../base/bytes.ts'
import { after, isAsyncIterable, isPromiseLike } from '../base/promises.ts'
import { Sequence } from './branches.ts'
import { createOverlay, createPrivateSlot, method, present } from './patch.ts'
import { isEmitter, tapEmitter } from './tap-emitter.ts'
import { both, stoppedBy, type TapObserver, tapIterable } from './tap-iterator.ts'
import { tapStream } from './tap-stream.ts'

const taps = createPrivateSlot<Sequence>()

/**
 * Watches a response in place: the same object, of the same class, whose body tells `observer`
 * of the bytes the application takes, when it takes them. Nothing is read that the application
 * does not read. A body that is taken whole is one chunk. Several observers, of several logs or of
 * an answer from a cache, are all told. Returns false for a response that cannot be changed.
 */
export function tapResponse(response: unknown, observer: TapObserver<BodyChunk>): boolean {
  if (!isChangeable(response)) return false
  const before = taps.get(response)
  if (!before && !layOver(response)) return false
  const isWatched = before && !before.isOver
  taps.set(response, Sequence.ofBytes(isWatched ? both(before.branch(), observer) : observer))
  return true
}

function isChangeable(response: unknown): response is Response {
  return typeof response === 'object' && response !== null && Object.isExtensible(response)
}

const MEMBERS = ['body', 'text', 'json', 'arrayBuffer', 'bytes', 'blob', 'clone'] as const

/** Puts the methods that tell over those of the response's class, or over its own. */
function layOver(response: Response): boolean {
  if (MEMBERS.some((name) => Object.hasOwn(response, name))) return layOverOwn(response)
  layOverClass(response)
  return true
}

const layOverClass = createOverlay((native: Response) => methodsOver(native))

/** Stand-ins for responses have members of their own, which stand before those of any class. */
function layOverOwn(response: Response): boolean {
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(response)
  if (MEMBERS.some((name) => own[name]?.configurable === false)) return false
  const native = Object.create(Object.getPrototypeOf(response), own) as Response
  for (const [name, over] of Object.entries(methodsOver(native, response))) {
    Object.defineProperty(response, name, { ...over, enumerable: own[name]?.enumerable === true })
  }
  return true
}

/** @param self The response itself, where its methods are its own and may be called on nothing. */
function methodsOver(native: Response, self?: Response): PropertyDescriptorMap {
  const body = findGetter(native, 'body')
  const tapOf = (target: Response) => taps.get(self ?? target)
  // A class reads text as JSON as all do; a method of its own may do anything.
  const parsesText = !self && 'text' in native
  return present(native, {
    body: {
      configurable: true,
      get(this: Response) {
        const stream = body?.call(this) as ReadableStream<Uint8Array> | null | undefined
        const sequence = tapOf(this)
        if (!stream || !sequence) return stream
        return typeof stream.getReader === 'function'
          ? tapStream(stream, sequence)
          : tapIterableBody(stream, sequence)
      }
    },
    text: method(function (this: Response) {
      return whole(tapOf(this), native.text.call(this), (text) => text)
    }),
    json: method(function (this: Response) {
      if (!parsesText) return whole(tapOf(this), native.json.call(this), toJson)
      const text = whole(tapOf(this), native.text.call(this), (found) => found)
      return text.then((found) => parse(this, found))
    }),
    arrayBuffer: method(function (this: Response) {
      const bytesOf = (buffer: ArrayBuffer) => new Uint8Array(buffer)
      return whole(tapOf(this), native.arrayBuffer.call(this), bytesOf)
    }),
    bytes: method(function (this: Response) {
      return whole(tapOf(this), native.bytes.call(this), (bytes) => bytes)
    }),
    blob: method(function (this: Response) {
      return whole(tapOf(this), native.blob.call(this), readBlob)
    }),
    clone: method(function (this: Response) {
      const sequence = tapOf(this)
      const stream = body?.call(this) as ReadableStream<Uint8Array> | null | undefined
      // Both branches are known from the start, so that one which is cancelled is not taken for all.
      if (sequence && typeof stream?.getReader === 'function') tapStream(stream, sequence)
      const copy = native.clone.call(this)
      if (sequence && isChangeable(copy) && layOver(copy)) taps.set(copy, sequence)
      return copy
    })
  })
}

/** Classes of other makes refuse what is not JSON in their own words, with errors of their own. */
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
  const cancel = () => iterated.cancel() ?? emitted.cancel()
  tapEmitter(stream, stoppedBy(cancel, emitted))
  tapIterable(stream as object as AsyncIterable<Uint8Array>, stoppedBy(cancel, iterated))
  return stream
}

/** Tells of a body that is taken in one piece. */
function whole<T>(
  sequence: Sequence | undefined,
  taken: Promise<T>,
  toChunk: (body: T) => BodyChunk | Promise<BodyChunk>
): Promise<T> {
  const branch = sequence?.branch()
  if (branch === undefined) return taken
  const told = (body: T, chunk: BodyChunk) => {
    if (chunk.length > 0) branch.next(chunk)
    return after(branch.end(), body)
  }
  const tapped = (body: T) => {
    const chunk = chunkOf(body, toChunk)
    return chunk instanceof Promise ? chunk.then((read) => told(body, read)) : told(body, chunk)
  }
  // A stand-in may give its body at once, and then nothing can wait for the record.
  if (!isPromiseLike(taken)) {
    void tapped(taken)
    return taken
  }
  return taken.then(tapped, async (error) => {
    // A second reader that is refused does not end what the first one goes on with.
    if (sequence?.isAlone === false) branch.cancel()
    else await branch.fail(error)
    throw error
  })
}

/** What a stand-in gives may be no body at all. */
function chunkOf<T>(
  body: T,
  toChunk: (body: T) => BodyChunk | Promise<BodyChunk>
): BodyChunk | Promise<BodyChunk> {
  try {
    return toChunk(body)
  } catch {
    return ''
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? ''
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
    if (descriptor) return descriptor.get ?? (() => descriptor.value as unknown)
  }
  return undefined
}
