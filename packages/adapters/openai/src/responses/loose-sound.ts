import { isObject } from '@slm-audit/core/adapter'
import { joinSound } from '../join-sound.ts'

type Fields = { readonly [name: string]: unknown }

const NAMES = /^response\.(?:output_)?(audio|audio[._]transcript)\.(delta|done)$/

/**
 * The sound of an answer and its words, as events tell them that name no item: `response.audio` and
 * `response.audio.transcript` are of the answer, which has one sound, whichever item came last.
 */
export class LooseSound {
  readonly #pieces: unknown[] = []
  #transcript: string | undefined

  /** Takes in an event, if it is one of these. */
  step({ type, item_id: id, output_index: at, delta, transcript }: Fields): boolean {
    if (id !== undefined || at !== undefined) return false
    const [, what, way] = NAMES.exec(String(type)) ?? []
    if (what === 'audio' && way === 'delta') this.#pieces.push(delta)
    else if (way === 'delta' && typeof delta === 'string') {
      this.#transcript = (this.#transcript ?? '') + delta
    } else if (typeof transcript === 'string' && way) this.#transcript = transcript
    return what !== undefined
  }

  /** An output with the sound where it belongs: in the message of the answer, as its part that is a sound. */
  within(output: readonly unknown[]): readonly unknown[] {
    if (this.#pieces.length === 0 && this.#transcript === undefined) return output
    const at = output.findLastIndex((item) => isObject(item) && item.type === 'message')
    const message = output[at]
    if (!isObject(message)) return [...output, { content: [this.#over({})] }]
    const content: readonly unknown[] = Array.isArray(message.content) ? message.content : []
    const part = content.findLastIndex(isSound)
    const sound = this.#over(isObject(content[part]) ? content[part] : {})
    return output.with(at, {
      ...message,
      content: content.toSpliced(part < 0 ? content.length : part, 1, sound)
    })
  }

  /** A part with what came of the sound; what it tells itself is whole. */
  #over(part: Fields): Fields {
    const isTold = typeof part.data === 'string' || typeof part.audio === 'string'
    const hasWords = typeof part.transcript === 'string' && part.transcript !== ''
    return {
      ...part,
      ...(!isTold && this.#pieces.length > 0 && { audio: joinSound(this.#pieces) }),
      ...(!hasWords && this.#transcript !== undefined && { transcript: this.#transcript })
    }
  }
}

function isSound(part: unknown): boolean {
  return isObject(part) && /audio$/.test(String(part.type))
}
