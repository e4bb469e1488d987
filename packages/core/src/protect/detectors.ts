import type { Detector } from './detector.ts'
import { FIGURES, PERSONAL } from './personal.ts'
import { SECRETS } from './secrets.ts'

/** All detectors, in the order in which they have a value that several find. */
export const DETECTORS: readonly Detector[] = [...SECRETS, ...PERSONAL, ...FIGURES]

/** Names that stand for several detectors. */
export const DETECTOR_GROUPS = ['secrets', 'personal', 'national-id'] as const

/** The detectors that a policy names: one by its id, or those of a group; none for an unknown name. */
export function detectorsOf(name: string, own: readonly Detector[] = []): readonly Detector[] {
  if (name === 'national-id') return DETECTORS.filter(({ label }) => label === 'id')
  return [...own, ...DETECTORS].filter(({ id, group }) => id === name || group === name)
}

/** A detector of words that a policy lists, such as names of people; whole words, in any case. */
export function wordsDetector(id: string, label: string, words: readonly string[]): Detector {
  const longest = [...words].sort((one, other) => other.length - one.length)
  const texts = longest.map((word) => word.trim().split(/\s+/).map(escaped).join('\\s+'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${texts.join('|')})(?![\\p{L}\\p{N}])`, 'giu')
  const plain = (value: string) => value.toLowerCase().replace(/\s+/g, ' ')
  return { id, group: 'personal', label, pattern, plain, isOwn: true }
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
