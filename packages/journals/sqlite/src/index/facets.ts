import { createHash } from 'node:crypto'
import type { NumberField, TextField } from '@slm-audit/core/reader'

/** What a call can be chosen by, each with the letter that its tokens begin with. */
const LETTERS = {
  /** That it is a call or a step, and no record of another kind. */
  call: 'c',
  /** That it is a record of another kind. */
  other: 'x',
  kind: 'k',
  stage: 'g',
  provider: 'p',
  operation: 'o',
  model: 'm',
  session: 's',
  user: 'u',
  tenant: 'n',
  parent: 'a',
  error: 'e',
  status: 'h',
  finish: 'f',
  tool: 'l',
  prompt: 'q',
  service: 'b',
  version: 'w',
  environment: 'i',
  phase: 'j',
  tag: 't',
  tagValue: 'v',
  annotation: 'y',
  annotationValue: 'z',
  /** The name of a score; empty for any. */
  score: 'r',
  // Numbers stand by the bucket that they are in.
  took: 'dt',
  first: 'df',
  tokens: 'da',
  inputTokens: 'di',
  outputTokens: 'do',
  confidence: 'dc'
} as const satisfies { readonly [name in TextField | NumberField | OwnFacet]: string }

type OwnFacet = 'call' | 'other' | 'tagValue' | 'annotationValue'

/** The name of a facet. */
export type FacetName = keyof typeof LETTERS

/** Begins each facet: a code point that no text has as a letter, so that no word is a facet. */
const MARK = '\ufdd0'
/** ASCII that FTS5 would fold or split at, moved into the private use area; what is there already is told apart. */
const MOVED = /[^a-z0-9\u0080-\udfff\ue100-\uffff]/g
const FIRST_MOVED = 0xe000
const ALREADY_THERE = '\ue0ff'
/** Longer values are known by their beginning and digest. */
const LONGEST = 200
/** Of a value of any length, so many characters stand at the beginning of its token, and can be asked for. */
export const KEPT = 100
const DIGEST = '\ue0fe'

/**
 * The token that stands in the text index for a value of a call. One value has one token, and two
 * have two, whatever characters they are of.
 */
export function facetToken(name: FacetName, value = ''): string {
  return `${MARK}${LETTERS[name]}${encoded(value)}`
}

function encoded(value: string): string {
  if (value.length <= LONGEST) return value.replace(MOVED, moved)
  const digest = createHash('sha256').update(value).digest('hex')
  return `${value.slice(0, KEPT).replace(MOVED, moved)}${DIGEST}${digest}`
}

function moved(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x80 ? String.fromCharCode(FIRST_MOVED + code) : `${ALREADY_THERE}${character}`
}
