const BAR = 24

/** How far something is, for one line of a terminal. */
export function progressBar(done: number, of: number): string {
  const share = of === 0 ? 1 : done / of
  const filled = Math.round(share * BAR)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done} of ${of}`
}
