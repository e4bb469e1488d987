const BAR = 24

/** How far something is, for one line of a terminal. */
export function progressBar(done: number, of: number): string {
  const share = of === 0 ? 1 : done / of
  const filled = Math.round(share * BAR)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done} of ${of}`
}

/** `progressBar` of what an index has to follow in the end: a bar that is full, and stays, looks as if nothing went on. */
export function progressBeforeIndex(done: number, of: number): string {
  return done < of ? progressBar(done, of) : `${progressBar(done, of)}, indexing`
}
