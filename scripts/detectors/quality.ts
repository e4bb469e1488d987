import { detectorsOf } from '../../packages/core/src/protect/detectors.ts'
import { findAll } from '../../packages/core/src/protect/find.ts'
import type { LabelledText } from './labelled-set.ts'

/** How well one detector finds its values. */
export interface Quality {
  readonly detector: string
  readonly values: number
  readonly found: number
  /** What it found that is none of its values. */
  readonly wrong: number
}

/** How well all of them do. */
export interface QualityReport {
  readonly detectors: readonly Quality[]
  /** Texts that say nothing of anybody, and how many of them would be changed. */
  readonly harmless: number
  readonly harmed: number
  /** Values that were not found, and things that were found and are none. */
  readonly misses: readonly string[]
  readonly mistakes: readonly string[]
  /** Milliseconds for each 1,000 characters, with all detectors. */
  readonly msPerKilo: number
}

/** Compares what is found in a labelled set with its labels. */
export function qualityOf(texts: readonly LabelledText[]): QualityReport {
  const all = [...detectorsOf('secrets'), ...detectorsOf('personal')]
  const counts = new Map<string, { values: number; found: number; wrong: number }>()
  const countOf = (detector: string) => {
    const count = counts.get(detector) ?? { values: 0, found: 0, wrong: 0 }
    counts.set(detector, count)
    return count
  }
  const misses: string[] = []
  const mistakes: string[] = []
  let harmed = 0
  const begun = performance.now()
  const results = texts.map(({ text }) => findAll(text, all))
  const elapsed = performance.now() - begun
  texts.forEach(({ text, values }, index) => {
    const found = (results[index] ?? []).map((one) => [
      one.detector.id,
      text.slice(one.start, one.end)
    ])
    const isFound = ([detector, value]: readonly string[]) =>
      found.some(([id, other]) => id === detector && other === value)
    for (const label of values) {
      countOf(label[0]).values++
      if (isFound(label)) countOf(label[0]).found++
      else misses.push(`${label[0]}: ${text}`)
    }
    for (const [id = '', other = ''] of found) {
      if (values.some(([detector, value]) => detector === id && value === other)) continue
      countOf(id).wrong++
      mistakes.push(`${id} found ${other}: ${text}`)
    }
    if (values.length === 0 && found.length > 0) harmed++
  })
  const size = texts.reduce((sum, { text }) => sum + text.length, 0)
  return {
    detectors: [...counts].map(([detector, count]) => ({ detector, ...count })),
    harmless: texts.filter(({ values }) => values.length === 0).length,
    harmed,
    misses,
    mistakes,
    msPerKilo: (elapsed / size) * 1_000
  }
}
