import { isObject } from './json.ts'

/**
 * What an application gave as a signal, one of another realm or make among them, such as jsdom's: what says whether it has
 * aborted. It may lack all else. `undefined` for what is none; never throws.
 */
export function signalOf(value: unknown): AbortSignal | undefined {
  try {
    return isObject(value) && typeof value.aborted === 'boolean'
      ? (value as object as AbortSignal)
      : undefined
  } catch {
    return undefined
  }
}
