import type { RETENTION_PRESETS } from './retention-presets.ts'

/** A floor that somebody else sets, by name. */
export type RetentionPreset = keyof typeof RETENTION_PRESETS

/** How long records of a class are kept. Periods are of ISO 8601: `P6M`, `P90D`; what has none is kept for good. */
export interface RetentionClass {
  /** How long contents are kept; as long as headers unless given. */
  readonly contents?: string
  /** How long headers, and with them the whole records, are kept. */
  readonly headers?: string
  /** The floor: nothing of the class may go earlier. */
  readonly atLeast?: string
  /** The ceiling: nothing of the class may stay longer, but for holds. */
  readonly atMost?: string
  /** Floor and ceiling as a regulation or a standard has them, beside those of the class. */
  readonly preset?: RetentionPreset
}

/** How long what is recorded is kept, by classes that rules name. */
export interface RetentionPolicy {
  /** The class of calls whose rule names none; these are kept for good without it. */
  readonly default?: string
  /** Classes by the name that rules have in `retention`. */
  readonly classes: { readonly [name: string]: RetentionClass }
}
