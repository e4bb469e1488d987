/** What each of the two pieces of memory holds, in bytes. */
const HALF = 512 * 1024
/** UTF-8 bytes of one UTF-16 code unit, at most. */
const MOST_BYTES_PER_UNIT = 3

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The newest texts of very many, half a mebibyte of them or more, in memory that is used again and again: texts of which each is
 * held for a while and then let go of outlive the young ones in V8's heap, and all of them lie there until it is full.
 */
export class KeptEnd {
  #bytes = new Uint8Array(HALF)
  #used = 0
  /** What was filled before. */
  #before = new Uint8Array()
  #usedBefore = 0
  /** The newest text that has no room in there, with some of those before it: older than what is there. */
  #large = ''

  /** The newest texts, joined. */
  get text(): string {
    return this.#large + this.#held
  }

  /** Keeps a text whole, and lets go of older ones. */
  add(text: string): void {
    const most = text.length * MOST_BYTES_PER_UNIT
    if (this.#used + most > HALF) this.#turn()
    if (most > HALF) {
      this.#large = this.#held + text
      this.#usedBefore = 0
    } else this.#used += encoder.encodeInto(text, this.#bytes.subarray(this.#used)).written
  }

  get #held(): string {
    const before = decoder.decode(this.#before.subarray(0, this.#usedBefore))
    return before + decoder.decode(this.#bytes.subarray(0, this.#used))
  }

  #turn(): void {
    // Enough came after it.
    if (this.#usedBefore > 0) this.#large = ''
    const empty = this.#before.length > 0 ? this.#before : new Uint8Array(HALF)
    this.#before = this.#bytes
    this.#usedBefore = this.#used
    this.#bytes = empty
    this.#used = 0
  }
}
