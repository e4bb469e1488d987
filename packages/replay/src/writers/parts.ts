import { isObject } from '@slm-audit/core/adapter'
import type { Fields } from './writer.ts'

/** Words with the white space before them: as a model's tokens come, about. */
const WORDS = /\s*\S+|\s+$/g

/** A text in the pieces that a stream brings it in; an empty text in none. */
export function piecesOf(text: string): readonly string[] {
  return text.match(WORDS) ?? []
}

/** The members that have a value, to be spread. */
export function present(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** The objects of a list; none of what is no list. */
export function objectsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** A body with the members that its protocol did not read, where it has none of their name. */
export function withRest(body: Fields, rest: unknown): Fields {
  const all = Array.isArray(rest) ? rest : [rest]
  // Of a stream, events that nobody knew: they belong to no body.
  const members = all.filter(isObject).filter((each) => !('type' in each) && !('event' in each))
  return Object.assign({}, ...members, body) as Fields
}

/** What of an input stands under its own name in the body, where the input is what the first name holds. */
export function inputMembers(input: unknown, first: string, others: readonly string[]): Fields {
  if (input === undefined) return {}
  const isByName =
    isObject(input) && Object.keys(input).every((name) => name === first || others.includes(name))
  return isByName ? input : { [first]: input }
}

/** Unix time in seconds. */
export function seconds(at: number): number {
  return Math.floor(at / 1000)
}
