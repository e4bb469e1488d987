// What the model says, in all formats.
import type { Fields } from './answer.ts'

/** The answer in words, in the pieces in which it streams. */
export const WORDS: readonly string[] = ['It is ', 'raining ', 'in Ulm.']

/** Counts that every answer has. */
export const COUNTS = { input: 11, output: 7, cached: 3, reasoning: 2 }

/** The answer where one in a schema is asked for. */
export const PERSON = { name: 'Ada', age: 36 }

let made = 0

/** An id that no other answer has. */
export function nextId(prefix: string): string {
  made += 1
  return `${prefix}_${made}`
}

/** The arguments for a tool: those of a schema of persons, or a city. */
export function argumentsFor(parameters: unknown): Fields {
  const { properties } = fieldsOf(parameters)
  const names = Object.keys(fieldsOf(properties))
  if (names.includes('age')) return PERSON
  return names.includes('city') || names.length === 0
    ? { city: 'Ulm' }
    : { [names[0] ?? 'city']: 'Ulm' }
}

/** Members of an object; of what is none, none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** A list; of what is none, an empty one. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** A server-sent event, with its name where it has one. */
export function eventOf(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
}
