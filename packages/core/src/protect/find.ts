import type { Detector, Found } from './detector.ts'

/** All values that detectors find in a text, in its order. Where two overlap, the detector that comes first has it. */
export function findAll(text: string, detectors: readonly Detector[]): Found[] {
  const found: Found[] = []
  for (const detector of detectors) {
    if (!mayOccur(text, detector)) continue
    for (const [start, end] of detector.find?.(text) ?? matches(text, detector)) {
      const value = text.slice(start, end)
      if (value === '' || found.some((one) => one.start < end && start < one.end)) continue
      if (detector.accepts?.(value, text, start) === false) continue
      found.push({ start, end, detector })
    }
  }
  return found.sort((one, other) => one.start - other.start)
}

function* matches(text: string, { pattern }: Detector): Iterable<readonly [number, number]> {
  for (const { 0: value, index } of text.matchAll(pattern)) yield [index, index + value.length]
}

function mayOccur(text: string, { keywords }: Detector): boolean {
  return keywords === undefined || keywords.some((keyword) => text.includes(keyword))
}
