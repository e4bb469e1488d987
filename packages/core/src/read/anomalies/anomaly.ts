/** What is looked for, in the order of help. */
export const DETECTORS = {
  errors: 'more calls fail than usual',
  latency: 'calls take longer than at this time of day',
  confidence: 'the model is less sure than at this time of day',
  tokens: 'calls take more tokens than at this time of day',
  refusals: 'more answers are refused or filtered than usual',
  language: 'more answers are in another language than their question',
  loop: 'one session asks the same again and again',
  model: 'a model, or a file of weights, that was never seen before',
  tool: 'a tool that was never seen before',
  silence: 'no calls, at a time of day that has some'
} as const

/** The name of a detector. */
export type Detector = keyof typeof DETECTORS

/** The names of all detectors. */
export const DETECTOR_NAMES = Object.keys(DETECTORS) as readonly Detector[]

/** Something that is not as usual. */
export interface Anomaly {
  /** What found it. */
  readonly detector: Detector
  /** When it was found: ISO 8601, UTC. */
  readonly at: string
  /** When it seems to have begun. */
  readonly since: string
  /** The model that it is about, where it is about one. */
  readonly model?: string
  /** What is new, by its name: a model, a digest of weights, a tool. */
  readonly value?: string
  /** The session that goes in circles. */
  readonly session?: string
  /** What is usual: a share, or milliseconds or tokens that nine of ten calls stay below. */
  readonly usual?: number
  /** What it is now, in the same measure. */
  readonly now?: number
  /** auditId of the call with which it was found. */
  readonly call?: string
}

/** The kind of the records that say so. */
export const ANOMALY = 'anomaly'
