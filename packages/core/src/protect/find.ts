import type { Detector, Found } from './detector.ts'
import { type PlainForm, plainForm } from './plain-form.ts'

/**
 * All values that detectors find in a text, in its order. Where two overlap, the detector that comes first has it. A
 * policy's own detectors get the text as it is, the others its plain form.
 */
export function findAll(text: string, detectors: readonly Detector[]): Found[] {
  const found: Found[] = []
  const asIs: PlainForm = { text, placeOf: (at) => at }
  const plain = plainForm(text)
  for (const detector of detectors) {
    const { text: looked, placeOf } = detector.isOwn ? asIs : plain
    if (!mayOccur(looked, detector)) continue
    for (const [first, behind] of detector.find?.(looked) ?? matches(looked, detector)) {
      const value = looked.slice(first, behind)
      if (value === '') continue
      const start = placeOf(first)
      // What nobody sees behind the last character is no part of the value.
      const end = placeOf(behind - 1) + 1
      if (found.some((one) => one.start < end && start < one.end)) continue
      if (detector.accepts?.(value, looked, first) === false) continue
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
