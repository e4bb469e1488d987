/** The end of an answer that is looked at, in UTF-16 code units. */
const LOOKED_AT = 1_200
/** A piece of so many code units, so often one behind the other, is a model that cannot stop. */
const SHORTEST = 4
const LONGEST = 240
const TIMES = 4
const LEAST_LENGTH = 60

/**
 * Whether an answer ends by saying the same again and again, as small models do that cannot find an end: a piece of it
 * stands at least four times, one behind the other. A guess for figures.
 */
export function isRepetition(answer: string): boolean {
  const end = answer.slice(-LOOKED_AT).trimEnd()
  for (let length = SHORTEST; length <= LONGEST && length * TIMES <= end.length; length++) {
    const times = Math.max(TIMES, Math.ceil(LEAST_LENGTH / length))
    if (length * times > end.length) continue
    if (repeats(end, length, times) && /\p{L}/u.test(end.slice(-length))) return true
  }
  return false
}

/** Whether the last `length` code units stand `times` times at the end. */
function repeats(text: string, length: number, times: number): boolean {
  const from = text.length - length * times
  for (let at = text.length - 1; at >= from + length; at--) {
    if (text[at] !== text[at - length]) return false
  }
  return true
}
