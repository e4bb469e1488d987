/** A text that stands in an event: whole, or as a piece of a longer one. */
export interface Piece {
  readonly value: string
}

/**
 * Texts of an answer, for pieces of one place of its events. Each text is there for the pieces of one group
 * only: two choices that say the same are two texts.
 */
export class HeldTexts {
  readonly #texts: readonly string[]
  readonly #taken = new Set<number>()

  constructor(texts: readonly string[]) {
    this.#texts = texts
  }

  /** Whether the pieces are, one after the other, all of one text that nobody took. */
  takesWhole(pieces: readonly Piece[]): boolean {
    const said = pieces.map(({ value }) => value).join('')
    const at = this.#texts.findIndex((text, index) => text === said && !this.#taken.has(index))
    if (at >= 0) this.#taken.add(at)
    return at >= 0
  }

  /** The pieces that no text goes on with. Those between them may be of several texts, one after the other. */
  notIn<P extends Piece>(pieces: readonly P[]): readonly P[] {
    const lost: P[] = []
    let at = -1
    let said = 0
    for (const piece of pieces) {
      const { value } = piece
      if (at < 0 || !this.#texts[at]?.startsWith(value, said)) {
        const before = this.#texts[at]?.slice(0, said) ?? ''
        // Another text may begin as this one did; else a text begins here.
        const other = before === '' ? -1 : this.#find(before + value)
        const next = other < 0 ? this.#find(value, at) : other
        if (next < 0) {
          lost.push(piece)
          continue
        }
        if (other < 0) {
          if (at >= 0) this.#taken.add(at)
          said = 0
        }
        at = next
      }
      said += value.length
    }
    if (at >= 0) this.#taken.add(at)
    return lost
  }

  #find(beginning: string, besides = -1): number {
    return this.#texts.findIndex(
      (text, at) => at !== besides && !this.#taken.has(at) && text.startsWith(beginning)
    )
  }
}
