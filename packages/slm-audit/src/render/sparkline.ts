import type { Terminal } from '../terminal.ts'

const BARS = '▁▂▃▄▅▆▇█'
const PLAIN = '.:-=+*#@'

/** Numbers as a row of bars, one a number, as high as their share of the largest; none for 0. */
export function sparkline(numbers: readonly number[], { isAscii }: Terminal): string {
  const bars = isAscii ? PLAIN : BARS
  const largest = Math.max(...numbers, 0)
  return numbers
    .map((number) => {
      if (!(number > 0)) return ' '
      const at = Math.ceil((number / largest) * bars.length) - 1
      return bars[Math.max(0, at)] ?? ' '
    })
    .join('')
}
