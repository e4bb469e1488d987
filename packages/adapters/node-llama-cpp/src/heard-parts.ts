import { isObject } from '@slm-audit/core/adapter'
import type { ChatModelSegmentType } from 'node-llama-cpp'
import { isThought } from './read-parts.ts'

interface HeardSegment {
  readonly type: 'segment'
  readonly segmentType: ChatModelSegmentType
  text: string
}

/** An answer as far as its chunks tell: texts, and segments such as thoughts, in order. */
export class HeardParts {
  readonly #parts: (string | HeardSegment)[] = []
  /** Tokens inside thoughts. */
  thoughtTokens = 0

  get parts(): readonly unknown[] {
    return this.#parts
  }

  /** Takes what `onTextChunk` or `onResponseChunk` is called with. */
  add(chunk: unknown): void {
    if (typeof chunk === 'string') this.#addText(chunk)
    else if (isObject(chunk) && typeof chunk.text === 'string') {
      const { type, segmentType, text, tokens } = chunk
      if (type === 'segment') this.#addSegment(segmentType as ChatModelSegmentType, text)
      else this.#addText(text)
      if (isThought(chunk) && Array.isArray(tokens)) this.thoughtTokens += tokens.length
    }
  }

  #addText(text: string): void {
    const last = this.#parts.at(-1)
    if (typeof last === 'string') this.#parts[this.#parts.length - 1] = last + text
    else this.#parts.push(text)
  }

  #addSegment(segmentType: ChatModelSegmentType, text: string): void {
    const last = this.#parts.at(-1)
    if (typeof last === 'object' && last.segmentType === segmentType) last.text += text
    else this.#parts.push({ type: 'segment', segmentType, text })
  }
}
