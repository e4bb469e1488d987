/** What detectors look for: what opens something, or what says who somebody is. */
export type DetectorGroup = 'secrets' | 'personal' | 'figures'

/** Finds one kind of value in texts: a rule in the shape that secret scanners use. */
export interface Detector {
  /** Names it in policies and on records. */
  readonly id: string
  readonly group: DetectorGroup
  /** The word for what it finds, in what stands in its place. */
  readonly label: string
  /** Texts of which one must occur, as it is written, before the pattern is tried; none are needed unless given. */
  readonly keywords?: readonly string[]
  /** It is a policy's own, and may find any text. */
  readonly isOwn?: true
  /** It looks through the text as it is, and not or as well through its plain form; through that alone unless given. */
  readonly asWritten?: 'only' | 'too'
  /** It may take any time, and is stopped when it takes too long. */
  readonly mayHang?: true
  /** Finds candidates; global. */
  readonly pattern: RegExp
  /** Finds values in place of the pattern: their first UTF-16 code units, and the first behind each. */
  readonly find?: (text: string) => Iterable<readonly [start: number, end: number]>
  /** Names of members, as words in small letters, whose text is looked at as if the name stood before it. */
  readonly named?: RegExp
  /** Whether a candidate is one: a checksum, an entropy, an exception. All are unless given. */
  readonly accepts?: (value: string, text: string, at: number) => boolean
  /** The value in the one form that all spellings of it have; as it is unless given. */
  readonly plain?: (value: string) => string
}

/** A value that was found in a text. */
export interface Found {
  /** Its first UTF-16 code unit, and the first behind it. */
  readonly start: number
  readonly end: number
  readonly detector: Detector
}

/** Shannon entropy of the characters of a text, in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let entropy = 0
  for (const count of counts.values()) {
    const share = count / text.length
    entropy -= share * Math.log2(share)
  }
  return entropy
}

/** Whether a word stands shortly before a place. */
export function isAfter(text: string, at: number, words: RegExp, within = 32): boolean {
  return words.test(text.slice(Math.max(0, at - within), at))
}

/** The digits of a text. */
export const digitsOf = (text: string): string => text.replace(/\D/g, '')
