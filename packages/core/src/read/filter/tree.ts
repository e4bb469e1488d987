import type { NumberField, TextField, TimeField } from './fields.ts'

/**
 * Which calls are meant, as a tree: what the filter language, the options of commands and the object
 * form all become, and what stores answer. It is plain JSON. `parseFilter` makes it of a text,
 * `filterTree` of any form, `filterText` a text of it.
 */
export type FilterTree = AllOf | AnyOf | Not | TextTest | NumberTest | TimeTest | Words

/** Calls that pass all of these; every call, where there are none. */
export interface AllOf {
  readonly is: 'all'
  /** What a call has to pass. */
  readonly of: readonly FilterTree[]
}

/** Calls that pass one of these at least; no call, where there are none. */
export interface AnyOf {
  readonly is: 'any'
  /** What a call may pass. */
  readonly of: readonly FilterTree[]
}

/** Calls that do not pass this one, also because what it asks for is not known of them. */
export interface Not {
  readonly is: 'not'
  /** What a call must not pass. */
  readonly of: FilterTree
}

/** Calls of which a field is one of some texts. */
export interface TextTest {
  readonly is: 'text'
  /** The field that is looked at. */
  readonly field: TextField
  /** Of the field `tag`: the tag's name; of `annotation` the member that is meant, as `incident`. */
  readonly tag?: string
  /** One at least. */
  readonly values: readonly TextValue[]
}

/** A text that a field is compared with. */
export interface TextValue {
  /** The text, whole. */
  readonly value: string
  /** Whether `*` in the value stands for any characters. */
  readonly isPattern?: true
}

/** How a number is compared; of two calls that have none, neither passes. */
export type CompareWith = '<' | '<=' | '=' | '>=' | '>'

/** Calls of which a field is a number so compared. */
export interface NumberTest {
  readonly is: 'number'
  /** The field that is looked at. */
  readonly field: NumberField
  /** Of the field `score`: the name of the score; any of them unless given. */
  readonly tag?: string
  /** How it must stand to `value`. */
  readonly compare: CompareWith
  /** In the field's unit: milliseconds for durations. */
  readonly value: number
}

/** Calls received from a time on, or before it. */
export interface TimeTest {
  readonly is: 'time'
  /** `since`: from then on; `until`: before. */
  readonly field: TimeField
  /** As `readTime` reads it: an age (`2h`), or an instant. */
  readonly value: string
}

/** Calls whose prompts, answers, reasoning or errors hold these words, one next to the other. */
export interface Words {
  readonly is: 'words'
  /** The words, as they were typed. */
  readonly words: string
  /** Whether the last word is only the beginning of one. */
  readonly isPrefix?: true
}
