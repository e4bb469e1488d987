import { method } from './patch.ts'
import type { TapObserver } from './tap-iterator.ts'

/** What is used of a controller of Node's web streams, and of its state. */
interface Controller {
  enqueue(chunk?: unknown): void
  close(): void
}

interface ControllerState {
  readonly closeRequested: boolean
  readonly queue: unknown
}

/** Where Node keeps the chunks of a queue: pairs or records, in a ring; up to Node 24.20 in a list. */
interface Ring {
  readonly list: readonly unknown[]
  readonly head: number
  readonly length: number
  readonly capacityMask: number
}

/** What gives a stream its chunks, as far as Node shows it. */
export interface StreamSource {
  /** Chunks that nobody has taken yet. */
  readonly queued: readonly unknown[]
  /** Has `observer` told from now on of each chunk that the source gives. */
  watch(observer: Pick<TapObserver<unknown>, 'next'>): void
  /** Whether it was heard to close, as its chunks are; not of a transform, which gives chunks out of sight. */
  readonly isClosed: boolean
  /** Whether its consumer has said that it takes no more, since this was asked for. */
  readonly isCancelled: boolean
}

/** The source of a stream whose state in Node is `state`; nothing where Node keeps it otherwise than it did. */
export function sourceOf(state: object): StreamSource | undefined {
  const controller = Reflect.get(state, 'controller') as Controller | undefined
  const inner = controller && stateOf(controller)
  if (controller === undefined || queuedIn(inner?.queue) === undefined) return undefined
  if (typeof controller.enqueue !== 'function' || !Object.isExtensible(controller)) return undefined
  watchCancel(controller)
  return {
    get queued() {
      return queuedIn(inner?.queue) ?? []
    },
    get isClosed() {
      return closed.has(controller)
    },
    get isCancelled() {
      return cancelled.has(controller)
    },
    watch(observer) {
      if (inner?.closeRequested === true) closed.add(controller)
      watchController(controller, observer)
    }
  }
}

const closed = new WeakSet<object>()
const cancelled = new WeakSet<object>()
const observers = new WeakMap<object, Pick<TapObserver<unknown>, 'next'>>()

/** Streams that are read past their methods are few: methods of the one controller are laid over. */
function watchController(
  controller: Controller,
  observer: Pick<TapObserver<unknown>, 'next'>
): void {
  const isWatched = observers.has(controller)
  observers.set(controller, observer)
  if (isWatched) return
  const { enqueue, close } = controller
  Object.defineProperties(controller, {
    enqueue: method((...chunk: [unknown?]) => {
      // Taking a chunk of bytes leaves nothing of it where it was.
      const copy = chunk[0] instanceof Uint8Array ? chunk[0].slice() : chunk[0]
      enqueue.apply(controller, chunk)
      observers.get(controller)?.next(copy)
    }),
    close: method(() => {
      closed.add(controller)
      close.call(controller)
    })
  })
}

/** Node's own code cancels a source by a method whose name only it has. */
function watchCancel(controller: object): void {
  const prototype = Object.getPrototypeOf(controller) as object
  const name = Object.getOwnPropertySymbols(prototype).find((one) => one.description === 'kCancel')
  if (name === undefined || Object.hasOwn(controller, name)) return
  const cancel = Reflect.get(controller, name) as (reason: unknown) => unknown
  const told = (reason: unknown) => {
    cancelled.add(controller)
    return cancel.call(controller, reason)
  }
  Object.defineProperty(controller, name, method(told))
}

function stateOf(controller: object): ControllerState | undefined {
  const key = Object.getOwnPropertySymbols(controller).find((one) => one.description === 'kState')
  const state: unknown = key && Reflect.get(controller, key)
  return typeof state === 'object' && state !== null ? (state as ControllerState) : undefined
}

function queuedIn(queue: unknown): readonly unknown[] | undefined {
  if (Array.isArray(queue)) return queue.map(chunkOf)
  const { list, head, length, capacityMask } = (queue ?? {}) as Ring
  if (length === 0) return []
  if (!Array.isArray(list) || !Number.isInteger(head + length + capacityMask)) return undefined
  const [first] = [list[head]]
  const isRecord = isBytesRecord(first)
  const step = isRecord ? 1 : 2
  return Array.from({ length }, (_, at) => chunkOf(list[(head + at * step) & capacityMask]))
}

interface BytesRecord {
  readonly buffer: ArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}

function isBytesRecord(entry: unknown): entry is BytesRecord {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    !ArrayBuffer.isView(entry) &&
    'buffer' in entry &&
    'byteOffset' in entry
  )
}

function chunkOf(entry: unknown): unknown {
  if (isBytesRecord(entry)) {
    return new Uint8Array(entry.buffer, entry.byteOffset, entry.byteLength).slice()
  }
  const isPair = typeof entry === 'object' && entry !== null && 'size' in entry && 'value' in entry
  return isPair ? entry.value : entry
}
