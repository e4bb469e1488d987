import type { Detector, Found } from './detector.ts'

/** All values that detectors find in a text, in its order. Where two overlap, the detector that comes first has it. */
export function findAll(text: string, detectors: readonly Detector[]): Found[] {
  const found: Found[] = []
  for (const detector of detectors) {
    if (!mayOccur(text, detector)) continue
    for (const match of text.matchAll(detector.pattern)) {
      const [value] = match
      const { index: start } = match
      const end = start + value.length
      if (value === '' || found.some((one) => one.start < end && start < one.end)) continue
      if (detector.accepts?.(value, text, start) === false) continue
      found.push({ start, end, detector })
    }
  }
  return found.sort((one, other) => one.start - other.start)
}

function mayOccur(text: string, { keywords }: Detector): boolean {
  return keywords === undefined || keywords.some((keyword) => text.includes(keyword))
}
