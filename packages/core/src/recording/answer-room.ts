import type { BodyChunk } from '../base/bytes.ts'
import type { ComingAnswer, HeldChunk } from './coming-answer.ts'
import { bodyOf, type ReadableFrame } from './readable-frame.ts'

/** So much of all answers that are coming is held in memory, in bytes; what comes then is read again at their ends. */
const MOST_HELD = 32 * 1024 * 1024

/** The memory that the answers of all open calls share. */
export class AnswerRoom {
  /** What is held, at most: answers that have ended since may be counted. */
  #held = 0

  /** What is to be held of a part of an answer: its bytes, or how they are read again. */
  place(
    frame: ReadableFrame,
    answers: () => Iterable<Pick<ComingAnswer, 'held'>>
  ): readonly HeldChunk[] {
    const { bodyAgain } = frame
    const body = bodyOf(frame)
    // What cannot be read again is in memory already.
    if (!bodyAgain) return body
    return this.#has(lengthOf(body), answers) ? body.map(copied) : [bodyAgain]
  }

  #has(bytes: number, answers: () => Iterable<Pick<ComingAnswer, 'held'>>): boolean {
    if (this.#held + bytes > MOST_HELD) {
      this.#held = 0
      for (const { held } of answers()) this.#held += held
    }
    if (this.#held + bytes > MOST_HELD) return false
    this.#held += bytes
    return true
  }
}

function lengthOf(body: readonly BodyChunk[]): number {
  return body.reduce((sum, { length }) => sum + length, 0)
}

/** A view of what was read together with other frames would keep all of that. */
function copied(chunk: BodyChunk): BodyChunk {
  return typeof chunk === 'string' ? chunk : new Uint8Array(chunk)
}
