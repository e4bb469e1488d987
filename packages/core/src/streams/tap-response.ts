import type { BodyChunk } from '../base/bytes.ts'
import { insteadOf, over, parsed, passError, passOn } from '../base/host-first.ts'
import { isInstance } from '../base/instance.ts'
import { heirless, stringify } from '../base/json-text.ts'
import { isAsyncIterable, isPromiseLike } from '../base/promises.ts'
import { Sequence } from './branches.ts'
import { readsByMethods } from './inner-state.ts'
import { createOverlay, createPrivateSlot, method, present } from './patch.ts'
import { isEmitter, tapEmitter } from './tap-emitter.ts'
import { both, stoppedBy, type TapObserver, tapIterable } from './tap-iterator.ts'
import { isUnwatched, tapEarly, tapStream, unwatched } from './tap-stream.ts'

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
  const sequence = Sequence.ofBytes(isWatched ? both(before.branch(), observer) : observer)
  taps.set(response, sequence)
  if (isInstance(response, 'Response') && readsByMethods()) tapBody(response, sequence)
  return true
}

/** Has the body watched before anybody asks for it: methods of the class may be called past those laid over it. */
function tapBody(response: Response, sequence: Sequence): void {
  const body = unwatched(() => response.body)
  if (body) tapEarly(body as ReadableStream<BodyChunk>, sequence)
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
    const enumerable = own[name]?.enumerable === true
    Object.defineProperty(response, name, heirless({ ...over, enumerable }))
  }
  return true
}

/** @param self The response itself, where its methods are its own and may be called on nothing. */
function methodsOver(native: Response, self?: Response): PropertyDescriptorMap {
  const body = findGetter(native, 'body')
  const tapOf = (target: Response) => taps.get(self ?? target)
  // A class reads text as JSON as all do; a method of its own may do anything.
  const parsesText = !self && 'text' in native
  const taken = <T>(take: () => Promise<T>, toChunk: ToChunk<T>) =>
    method(
      over<Response, [], Promise<T>>(take, function (host) {
        const isTaken = isReadBefore(this)
        return whole(tapOf(this), unwatched(host), toChunk, isTaken)
      })
    )
  const text = over<Response, [], Promise<string>>(native.text, function (host) {
    const isTaken = isReadBefore(this)
    const found = unwatched(host)
    if (this.constructor !== globalThis.Response) texts.set(this, found)
    return whole(tapOf(this), found, (body) => body, isTaken)
  })
  const json = over<Response, [], Promise<unknown>>(parsed(text), function (host) {
    const value = host()
    const found = texts.get(this)
    return found
      ? value.then(
          undefined,
          insteadOf((error) => refuse(this, found, error))
        )
      : value
  })
  return present(native, {
    body: heirless({
      configurable: true,
      get: over<Response, [], unknown>(body ?? nothing, function (host) {
        const stream = host() as ReadableStream<Uint8Array> | null | undefined
        const sequence = tapOf(this)
        if (!stream || !sequence || isUnwatched()) return stream
        return typeof stream.getReader === 'function'
          ? tapStream(stream, sequence)
          : tapIterableBody(stream, sequence)
      })
    }),
    text: taken(native.text, (text) => text),
    json: parsesText ? method(json) : taken<unknown>(native.json, toJson),
    arrayBuffer: taken(native.arrayBuffer, (buffer) => new Uint8Array(buffer)),
    bytes: taken<Uint8Array>(native.bytes, (bytes) => bytes),
    blob: taken(native.blob, readBlob),
    clone: method(
      over<Response, [], Response>(native.clone, function (host) {
        const sequence = tapOf(this)
        const stream = body?.call(this) as ReadableStream<Uint8Array> | null | undefined
        // Both branches are known from the start, so that one which is cancelled is not taken for all.
        if (sequence && typeof stream?.getReader === 'function') tapStream(stream, sequence)
        const copy = host()
        if (sequence && isChangeable(copy) && layOver(copy)) taps.set(copy, sequence)
        return copy
      })
    )
  })
}

function nothing(): undefined {
  return undefined
}

/** What responses of other makes were read as, to be asked what they make of it. */
const texts = new WeakMap<object, Promise<string>>()

/** Classes of other makes refuse what is not JSON in their own words, with errors of their own. */
async function refuse(like: Response, text: Promise<string>, error: unknown): Promise<unknown> {
  const Class = like.constructor as typeof Response
  let copy: Response
  try {
    copy = new Class(await text, like)
  } catch {
    return error
  }
  return copy.json().then(
    () => error,
    (own: unknown) => own
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

/** What a body that was taken in one piece came as. */
type ToChunk<T> = (body: T) => BodyChunk | Promise<BodyChunk>

/** Whether somebody reads, or has read, the body of a response; `undefined` where that is not known. */
function isReadBefore(response: Response): boolean | undefined {
  if (!isInstance(response, 'Response')) return undefined
  try {
    if (response.bodyUsed) return true
    // Elsewhere asking for the body would make a stream that nobody may want.
    return readsByMethods() ? unwatched(() => response.body?.locked === true) : undefined
  } catch {
    return undefined
  }
}

/**
 * Tells of a body that is taken in one piece.
 *
 * @param isTaken Whether somebody reads it already: the runtime refuses a second reader.
 */
function whole<T>(
  sequence: Sequence | undefined,
  taken: Promise<T>,
  toChunk: ToChunk<T>,
  isTaken: boolean | undefined
): Promise<T> {
  const branch = sequence?.branch()
  if (branch === undefined) return taken
  const told = (chunk: BodyChunk) => {
    if (chunk.length > 0) branch.whole(chunk)
    return branch.end()
  }
  const onBody = passOn((body: T) => {
    const chunk = chunkOf(body, toChunk)
    return chunk instanceof Promise ? chunk.then(told) : told(chunk)
  })
  // A stand-in may give its body at once, and then nothing can wait for the record.
  if (!isPromiseLike(taken)) {
    void onBody(taken)
    return taken
  }
  // A second reader that is refused does not end what the first one goes on with.
  const onFailure = passError((error) =>
    (isTaken ?? sequence?.isAlone === false) ? branch.cancel() : branch.fail(error)
  )
  return taken.then(onBody, onFailure)
}

/** What a stand-in gives may be no body at all. */
function chunkOf<T>(body: T, toChunk: ToChunk<T>): BodyChunk | Promise<BodyChunk> {
  try {
    return toChunk(body)
  } catch {
    return ''
  }
}

function toJson(value: unknown): string {
  return stringify(value) ?? ''
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
