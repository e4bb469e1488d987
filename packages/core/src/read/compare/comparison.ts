import type { Filter } from '../filter/filter-tree.ts'
import type { Interval } from './intervals.ts'

/** Which calls are compared: those of two filters, where they were asked the same. */
export interface CompareRequest {
  /** The calls of before. */
  readonly first: Filter
  /** The calls of after. */
  readonly second: Filter
  /** What both must be; all unless given. */
  readonly filter?: Filter
  /** A setting that the sides differ in, as no filter tells it: of the calls that are looked at, those that had its values. */
  readonly setting?: ComparedSetting
  /** What calls are paired by; `input` unless given. */
  readonly pairBy?: PairedBy
  /** Newest calls of each side that are looked at; 2,000 unless given. */
  readonly limit?: number
  /** Told now and then how many calls were read, and of how many. */
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * What two calls have in common that are a pair: all messages (`input`), all but the instructions of the system and of
 * developers (`said`), as where these are what changed, or the value of a tag (`tag.row`), such as a row of a data set.
 */
export type PairedBy = 'input' | 'said' | `tag.${string}`

/** Calls of two values of a setting, such as a temperature of 0 and one of 0.7. */
export interface ComparedSetting {
  /** As the record's header has it, in any case: `temperature`, `top_p`, `seed`. */
  readonly name: string
  /** Its value at the calls of before, as text: a number, `true`, `false` or a word. */
  readonly first: string
  /** Its value at the calls of after. */
  readonly second: string
}

/** What a measure is of: durations in milliseconds, counts, or shares from 0 to 1. */
export type MeasureUnit = 'ms' | 'count' | 'share'

/** One thing that both sides are measured by. */
export interface Measure {
  /** `duration p50`, `output tokens`, `tool searchPolicy`, … */
  readonly name: string
  /** What its numbers are. */
  readonly unit: MeasureUnit
  /** Of the first side. */
  readonly first: number
  /** Of the second side. */
  readonly second: number
  /** Where the difference, the second less the first, lies with a probability of 95%. */
  readonly difference: Interval
  /** Whether the difference can be told from none. */
  readonly isDifferent: boolean
}

/** One call of a pair. */
export interface ComparedCall {
  /** Identifies the call. */
  readonly auditId: string
  /** The place of its first record in the log. */
  readonly index: number
  /** The words of its answer, or of its error. */
  readonly answer: string
}

/** Two calls that were asked the same. */
export interface ComparedPair {
  /** What was asked last. */
  readonly question: string
  /** The call of the first side. */
  readonly first: ComparedCall
  /** The call of the second side. */
  readonly second: ComparedCall
  /** Whether the answers differ, but for white space. */
  readonly isChanged: boolean
}

/** What both sides were asked, with all its pairs. */
export interface ComparedInput {
  /** What was asked last. */
  readonly question: string
  /** Its pairs. */
  readonly pairs: readonly ComparedPair[]
  /** How many of the pairs are changed. */
  readonly changed: number
}

/** How two sides differ. */
export interface Comparison {
  /** How many calls each side has, of which the newest were looked at. */
  readonly calls: readonly [first: number, second: number]
  /** Different inputs that both sides were asked. */
  readonly sharedInputs: number
  /** How many pairs there are, and how many are changed. */
  readonly pairs: number
  /** Pairs whose answers differ. */
  readonly changed: number
  /** Where the share of changed pairs lies with a probability of 95%. */
  readonly changedShare: Interval
  /** What the paired calls are measured by. */
  readonly measures: readonly Measure[]
  /** Inputs, those with the most changed pairs first. */
  readonly inputs: readonly ComparedInput[]
}
