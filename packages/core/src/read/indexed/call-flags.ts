/** A bit of a call's column `flags`: it was complete with no answer and no tool asked for. */
export const EMPTY = 1
/** A bit of a call's column `flags`: a filter of the provider ended the answer. */
export const FILTERED = 2
/** A bit of a call's column `flags`: the answer declines what was asked, by the words that it begins with. */
export const REFUSED = 4
/** A bit of a call's column `flags`: the answer ends by saying the same again and again. */
export const REPEATED = 8

/** What the column `flags` of a call says. */
export function flagsOf(flags: number): {
  readonly isEmpty: boolean
  readonly isFiltered: boolean
  readonly isRefused: boolean
  readonly isRepeated: boolean
} {
  return {
    isEmpty: (flags & EMPTY) !== 0,
    isFiltered: (flags & FILTERED) !== 0,
    isRefused: (flags & REFUSED) !== 0,
    isRepeated: (flags & REPEATED) !== 0
  }
}
