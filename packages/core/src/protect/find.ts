import type { Detector, Found } from './detector.ts'
import { type PlainForm, plainForm } from './plain-form.ts'

/** What looks at members of one name. */
export interface NamedSearch {
  /** The name as people write it before a value. */
  readonly before: string
  readonly detectors: readonly Detector[]
}

/** The detectors that look at members of that name; `undefined` where none does. */
export function namedSearch(name: string, detectors: readonly Detector[]): NamedSearch | undefined {
  const words = wordsOf(name)
  const named = detectors.filter((one) => one.named?.test(words))
  return named.length === 0 ? undefined : { before: `${words}: `, detectors: named }
}

/**
 * Values that are found in the member of an object because of its name: `{ "password": … }`. The value of a name for secrets
 * is one as a whole.
 */
export function findNamed(text: string, { before, detectors }: NamedSearch): Found[] {
  if (text.length > MOST_NAMED) return []
  const found = findAll(before + text, detectors).flatMap(({ detector, ...at }) => {
    const start = Math.max(0, at.start - before.length)
    return at.end <= before.length ? [] : [{ start, end: at.end - before.length, detector }]
  })
  const secret = detectors.find(({ group }) => group === 'secrets')
  const isSecret =
    secret !== undefined && text.length >= LEAST_SECRET && secret.accepts?.(text, text, 0)
  return isSecret ? [{ start: 0, end: text.length, detector: secret }] : found
}

/** A shorter text is no secret. */
const LEAST_SECRET = 8
/** A longer text is no value. */
const MOST_NAMED = 4_096

/** `userPhone_number` as people write it: `user phone number`. */
function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z\d])(?=[A-Z])|[_.-]+/g, ' ').toLowerCase()
}

/**
 * All values that detectors find in a text, in its order. Where two overlap, the detector that comes first has it. A
 * policy's own detectors get the text as it is, the others its plain form.
 */
export function findAll(text: string, detectors: readonly Detector[]): Found[] {
  const found: Found[] = []
  const asIs: PlainForm = { text, placeOf: (at) => at, endOf: (at) => at + 1 }
  const plain = plainForm(text)
  for (const detector of detectors) {
    for (const form of formsFor(detector, asIs, plain)) {
      for (const one of findIn(form, detector)) {
        const other = found.find((each) => areOverlapping(one, each))
        if (other === undefined) found.push(one)
        else if (other.detector === detector && !isWithin(one, other)) join(found, one)
      }
    }
  }
  return found.sort((one, other) => one.start - other.start)
}

function formsFor({ isOwn, asWritten }: Detector, asIs: PlainForm, plain: PlainForm): PlainForm[] {
  if (isOwn || asWritten === 'only') return [asIs]
  return asWritten === 'too' && plain.text !== asIs.text ? [asIs, plain] : [plain]
}

function* findIn({ text, placeOf, endOf }: PlainForm, detector: Detector): Iterable<Found> {
  if (!mayOccur(text, detector)) return
  for (const [first, behind] of detector.find?.(text) ?? matches(text, detector)) {
    const value = text.slice(first, behind)
    if (value === '' || detector.accepts?.(value, text, first) === false) continue
    // What nobody sees behind the last character is no part of the value.
    yield { start: placeOf(first), end: endOf(behind - 1), detector }
  }
}

/** Adds one to what was found: with all that it overlaps, it is one value, of the detector that found more of it. */
export function join(found: Found[], one: Found): Found[] {
  let whole = one
  for (let at = found.length - 1; at >= 0; at--) {
    const other = found[at] as Found
    if (!areOverlapping(one, other)) continue
    found.splice(at, 1)
    const { detector } = lengthOf(other) > lengthOf(whole) ? other : whole
    const start = Math.min(whole.start, other.start)
    whole = { start, end: Math.max(whole.end, other.end), detector }
  }
  found.push(whole)
  return found
}

function areOverlapping(one: Found, other: Found): boolean {
  return one.start < other.end && other.start < one.end
}

function isWithin(one: Found, other: Found): boolean {
  return other.start <= one.start && one.end <= other.end
}

function lengthOf({ start, end }: Found): number {
  return end - start
}

function* matches(text: string, { pattern }: Detector): Iterable<readonly [number, number]> {
  for (const { 0: value, index } of text.matchAll(pattern)) yield [index, index + value.length]
}

function mayOccur(text: string, { keywords }: Detector): boolean {
  return keywords === undefined || keywords.some((keyword) => text.includes(keyword))
}
