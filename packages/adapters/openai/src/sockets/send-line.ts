import { quietly } from '@slm-audit/core/adapter'

/** What becomes of an event that a session was given to send. */
interface Fates<T> {
  /** It goes out now. */
  went(one: T): void
  /** It did not go out after all: the socket refused it. */
  stayed(one: T): void
  /** It never goes out. */
  lost(one: T, error: Error): void
}

/** An event that was handed over. */
interface Entry<T> {
  readonly one: T
  /** As the session writes it. */
  readonly text: () => string
  isOut: boolean
  error?: Error
}

/**
 * What a session was given to send, until it goes out over a socket or is lost. A session without a socket keeps events back
 * or discards them, and what it kept back may go out behind what it was given later, or never.
 */
export class SendLine<T> {
  readonly #fates: Fates<T>
  readonly #waiting: Entry<T>[] = []
  /** Of which the session is told right now. */
  #now: Entry<T> | undefined
  /** Of another event than the one that the session is told of. */
  #ofAnother: unknown

  constructor(fates: Fates<T>) {
    this.#fates = fates
  }

  /** Hands an event to the session; `isSeen` says whether `goes` is called when it goes out. */
  hands<R>(one: T, text: () => string, isSeen: boolean, host: () => R): R {
    const entry: Entry<T> = { one, text, isOut: false }
    try {
      return this.#during(entry, host)
    } catch (error) {
      entry.error ??= notSent('the session failed', error)
      throw error
    } finally {
      quietly(() => this.#settle(entry, isSeen))()
    }
  }

  /** Hands over what is of no interest. */
  passes<R>(host: () => R): R {
    return this.#during(undefined, host)
  }

  /** A socket is given a text that it will send. The result says that it did not. */
  goes(data: unknown): ((error: unknown) => void) | undefined {
    const entry = this.#entryOf(data)
    if (entry === undefined) {
      return (error) => {
        this.#ofAnother = error
      }
    }
    const at = this.#waiting.indexOf(entry)
    if (at >= 0) this.#waiting.splice(at, 1)
    entry.isOut = true
    this.#fates.went(entry.one)
    return (error) => {
      entry.isOut = false
      this.#fates.stayed(entry.one)
      if (at < 0) entry.error = notSent('the socket refused it', error)
      else {
        this.#waiting.splice(at, 0, entry)
        this.#ofAnother = error
      }
    }
  }

  /** A socket that is not open is given a text: it is silent about what it does not send. */
  drops(data: unknown): void {
    const entry = this.#entryOf(data)
    if (entry && entry === this.#now) entry.error = notSent('the socket is not open')
  }

  /** The session tells of an error of its own. */
  told(message: unknown, cause: unknown): void {
    const isOfAnother = cause !== undefined && cause === this.#ofAnother
    if (this.#now && !isOfAnother) this.#now.error ??= notSent(String(message), cause)
  }

  /** Nothing that waits goes out any more. */
  empty(why: string): void {
    for (const { one } of this.#waiting.splice(0)) this.#fates.lost(one, notSent(why))
  }

  #during<R>(entry: Entry<T> | undefined, host: () => R): R {
    const before = this.#now
    this.#now = entry
    try {
      return host()
    } finally {
      this.#now = before
    }
  }

  #settle(entry: Entry<T>, isSeen: boolean): void {
    if (entry.isOut) return
    if (entry.error) this.#fates.lost(entry.one, entry.error)
    else if (isSeen) {
      // The session has read it by now; the application may change it.
      const text = entry.text()
      this.#waiting.push({ one: entry.one, text: () => text, isOut: false })
    } else this.#fates.went(entry.one)
  }

  #entryOf(data: unknown): Entry<T> | undefined {
    const now = this.#now?.isOut ? undefined : this.#now
    if (typeof data !== 'string' || !(now || this.#waiting.length > 0)) return undefined
    if (!data.includes('response.create')) return undefined
    if (now && (this.#waiting.length === 0 || now.text() === data)) return now
    return this.#waiting.find(({ text }) => text() === data)
  }
}

function notSent(why: string, cause?: unknown): Error {
  const error = new Error(`the request was not sent: ${why}`, cause === undefined ? {} : { cause })
  return Object.assign(error, { code: 'not_sent' })
}
