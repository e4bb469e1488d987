/** A text that stands in an event: whole, or as a piece of a longer one. */
export interface Piece {
  readonly value: string
}

/** The texts of an answer in their order, to be found whole or by their beginning: an answer may have many. */
export class TextIndex {
  readonly texts: readonly string[]
  readonly #sorted: readonly number[]
  /** By a text, the first of its places among those sorted. */
  readonly #first = new Map<string, number>()

  constructor(texts: readonly string[]) {
    this.texts = texts
    this.#sorted = texts
      .map((_, at) => at)
      .sort((left, right) => compare(texts[left], texts[right]) || left - right)
    for (const [place, at] of this.#sorted.entries()) {
      const text = texts[at] ?? ''
      if (!this.#first.has(text)) this.#first.set(text, place)
    }
  }

  /** The place of the text, among those sorted, from which on texts may be this one. */
  placeOf(text: string): number | undefined {
    return this.#first.get(text)
  }

  /** The same for texts that begin so. */
  placeFrom(beginning: string): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.textAt(middle) < beginning) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Which of the texts stands at a place of those sorted. */
  at(place: number): number {
    return this.#sorted[place] ?? -1
  }

  textAt(place: number): string {
    return this.texts[this.at(place)] ?? ''
  }

  get size(): number {
    return this.#sorted.length
  }
}

function compare(left = '', right = ''): number {
  return left < right ? -1 : Number(left > right)
}

/**
 * Texts of an answer, for pieces of one place of its events. Each text is there for the pieces of one group
 * only: two choices that say the same are two texts.
 */
export class HeldTexts {
  readonly #index: TextIndex
  /** By a place of those sorted whose text is taken, the next that may not be. */
  readonly #next = new Map<number, number>()

  constructor(index: TextIndex) {
    this.#index = index
  }

  /** Whether the pieces are, one after the other, all of one text that nobody took. */
  takesWhole(pieces: readonly Piece[]): boolean {
    const said = pieces.map(({ value }) => value).join('')
    const from = this.#index.placeOf(said)
    const place = from === undefined ? undefined : this.#untaken(from)
    if (place === undefined || this.#index.textAt(place) !== said) return false
    this.#take(place)
    return true
  }

  /** The pieces that no text goes on with. Those between them may be of several texts, one after the other. */
  notIn<P extends Piece>(pieces: readonly P[]): readonly P[] {
    const lost: P[] = []
    let at = -1
    let said = 0
    for (const piece of pieces) {
      const { value } = piece
      if (at < 0 || !this.#index.textAt(at).startsWith(value, said)) {
        const before = at < 0 ? '' : this.#index.textAt(at).slice(0, said)
        // Another text may begin as this one did; else a text begins here.
        const other = before === '' ? -1 : this.#find(before + value)
        const next = other < 0 ? this.#find(value, at) : other
        if (next < 0) {
          lost.push(piece)
          continue
        }
        if (other < 0) {
          if (at >= 0) this.#take(at)
          said = 0
        }
        at = next
      }
      said += value.length
    }
    if (at >= 0) this.#take(at)
    return lost
  }

  #find(beginning: string, besides = -1): number {
    let place = this.#untaken(this.#index.placeFrom(beginning))
    if (place === besides) place = this.#untaken(place + 1)
    const isFound = place < this.#index.size && this.#index.textAt(place).startsWith(beginning)
    return isFound ? place : -1
  }

  #take(place: number): void {
    this.#next.set(place, place + 1)
  }

  /** The first place from `from` on whose text nobody took. */
  #untaken(from: number): number {
    let end = from
    for (let next = this.#next.get(end); next !== undefined; next = this.#next.get(end)) end = next
    for (let at = from; at < end; ) {
      const next = this.#next.get(at) ?? end
      this.#next.set(at, end)
      at = next
    }
    return end
  }
}
