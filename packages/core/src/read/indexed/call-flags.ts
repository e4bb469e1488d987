/** A bit of a call's column `flags`: it was complete with no answer and no tool asked for. */
export const EMPTY = 1
/** A bit of a call's column `flags`: a filter of the provider ended the answer. */
export const FILTERED = 2

/** What the column `flags` of a call says. */
export function flagsOf(flags: number): {
  readonly isEmpty: boolean
  readonly isFiltered: boolean
} {
  return { isEmpty: (flags & EMPTY) !== 0, isFiltered: (flags & FILTERED) !== 0 }
}
