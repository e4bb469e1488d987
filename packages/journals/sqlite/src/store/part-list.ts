/** The parts of a content as a row of `contents` refers to them. */
export interface PartList {
  /** As in the header: where in the first part the others belong. */
  readonly at?: number
  /** Rows of `parts`, in order. */
  readonly ids: readonly number[]
}

/** A list that is stored as a beginning, which another row has, and what follows. */
export interface StoredList {
  readonly at?: number
  /** How many row ids before its own the row with the beginning is; none where the list is all here. */
  readonly back: number
  /** What each id is more than one behind the id before it. */
  readonly steps: readonly number[]
}

/** The list as bytes: `at` + 1 or 0, `back`, and the steps, all as variable-length numbers. */
export function encodeList({ at, back, steps }: StoredList): Uint8Array {
  return encodeNumbers([at === undefined ? 0 : at + 1, back, ...steps.map(zigzag)])
}

/** Reads what `encodeList` wrote; of damaged bytes, some list. */
export function decodeList(bytes: Uint8Array): StoredList {
  const [place = 0, back = 0, ...steps] = decodeNumbers(bytes)
  return { ...(place > 0 && { at: place - 1 }), back, steps: steps.map(unzigzag) }
}

/** Whole numbers from 0 on in groups of seven bits, the lowest first; a byte from 0x80 on says that more follow. */
export function encodeNumbers(values: readonly number[]): Uint8Array {
  const bytes: number[] = []
  for (const value of values) {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
    bytes.push(rest)
  }
  return Uint8Array.from(bytes)
}

/** Reads what `encodeNumbers` wrote; of damaged bytes, some numbers. */
export function decodeNumbers(bytes: Uint8Array): number[] {
  const values: number[] = []
  let [value, factor] = [0, 1]
  for (const byte of bytes) {
    value += (byte % 0x80) * factor
    factor *= 0x80
    if (byte >= 0x80) continue
    values.push(value)
    value = 0
    factor = 1
  }
  return values
}

/** A number of either sign as one from 0 on: small ones stay small. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** The steps of ids behind the one before them. */
export function stepsOf(ids: readonly number[], before: number): number[] {
  let last = before
  return ids.map((id) => {
    const step = id - last - 1
    last = id
    return step
  })
}

/** The ids of steps behind the one before them. */
export function idsOf(steps: readonly number[], before: number): number[] {
  let last = before
  return steps.map((step) => {
    last += step + 1
    return last
  })
}
