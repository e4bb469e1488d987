/** Random choices that are the same in each run. */
export interface Random {
  /** From 0 to 1. */
  next(): number
  pick<T>(all: readonly T[]): T
  digits(count: number): string
  text(characters: string, count: number): string
}

/** Random choices from a seed (mulberry32). */
export function newRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const text = (characters: string, count: number) =>
    Array.from({ length: count }, () => characters[Math.floor(next() * characters.length)]).join('')
  return {
    next,
    pick: <T>(all: readonly T[]) => all[Math.floor(next() * all.length)] as T,
    digits: (count) => text('0123456789', count),
    text
  }
}
