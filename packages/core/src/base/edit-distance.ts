/**
 * How many letters must be put in, left out, changed or swapped with their neighbour to make one word
 * of another (optimal string alignment).
 */
export function editDistance(left: string, right: string): number {
  let [older, old]: [number[], number[]] = [[], upTo(right.length)]
  for (let row = 1; row <= left.length; row++) {
    const next = [row]
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1]
      const changed = at(old, column - 1) + (isSame ? 0 : 1)
      let least = Math.min(at(old, column) + 1, at(next, column - 1) + 1, changed)
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (isSwapped && row > 1 && column > 1) least = Math.min(least, at(older, column - 2) + 1)
      next.push(least)
    }
    older = old
    old = next
  }
  return at(old, right.length)
}

function upTo(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, index) => index)
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.POSITIVE_INFINITY
}
