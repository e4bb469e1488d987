import { builtinModule } from './builtin-module.ts'

type Timers = Pick<
  typeof globalThis,
  | 'setTimeout'
  | 'clearTimeout'
  | 'setInterval'
  | 'clearInterval'
  | 'setImmediate'
  | 'clearImmediate'
>

/** The longest delay in milliseconds that timers take. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Timers of the runtime's own. Where a test library had put others in the place of the global ones before this module was
 * loaded, their time stands still until a test moves it, and what waits for a log would wait for ever: then timers are
 * waits of `Atomics`, which such libraries leave alone.
 */
export function ownTimers(): Timers {
  if (!isReplaced('setTimeout') && !isReplaced('setInterval') && !isReplaced('setImmediate')) {
    return globalThis
  }
  if (typeof SharedArrayBuffer === 'undefined' || !('waitAsync' in Atomics)) return globalThis
  const start =
    (isRepeated: boolean) =>
    (run: (...args: unknown[]) => void, delayMs?: number, ...args: unknown[]) =>
      new AtomicsTimer(() => run(...args), delayMs, isRepeated)
  const stop = (timer: unknown) => {
    if (timer instanceof AtomicsTimer) timer.close()
  }
  return {
    setTimeout: start(false),
    clearTimeout: stop,
    setInterval: start(true),
    clearInterval: stop,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
      new AtomicsTimer(() => run(...args), 0, false),
    clearImmediate: stop
  } as unknown as Timers
}

/** Whether the global function of that name is a test library's: sinon's, jest's and vitest's have a clock. */
function isReplaced(name: keyof Timers): boolean {
  const timer: unknown = globalThis[name]
  return typeof timer === 'function' && (timer.name !== name || 'clock' in timer || 'mock' in timer)
}

/** A port as Node has it: it keeps the process alive, or does not. */
interface NodePort {
  ref?(): void
  close(): void
}

/** What Node has is asked for where the global one is missing, as in jsdom. */
function openPort(): NodePort | undefined {
  const Channel =
    globalThis.MessageChannel ??
    builtinModule<typeof import('node:worker_threads')>('node:worker_threads')?.MessageChannel
  return Channel && (new Channel().port1 as NodePort)
}

/** One timer. As those of Node do, it keeps the process alive until it has run, unless `unref` says that it need not. */
class AtomicsTimer {
  readonly #word = new Int32Array(new SharedArrayBuffer(4))
  readonly #run: () => void
  readonly #delayMs: number
  readonly #isRepeated: boolean
  #port: NodePort | undefined
  #isOver = false

  constructor(run: () => void, delayMs: number | undefined, isRepeated: boolean) {
    this.#run = run
    this.#isRepeated = isRepeated
    this.#delayMs = Math.min(Math.max(Number(delayMs) || 1, 1), LONGEST_MS)
    this.ref()
    this.#wait()
  }

  ref(): this {
    if (this.#isOver || this.#port) return this
    this.#port = openPort()
    this.#port?.ref?.()
    return this
  }

  unref(): this {
    this.#port?.close()
    this.#port = undefined
    return this
  }

  close(): void {
    this.#isOver = true
    this.unref()
    Atomics.notify(this.#word, 0)
  }

  #wait(): void {
    const { value } = Atomics.waitAsync(this.#word, 0, 0, this.#delayMs)
    void Promise.resolve(value).then(() => {
      if (this.#isOver) return
      if (this.#isRepeated) this.#wait()
      else this.close()
      this.#run()
    })
  }
}
