/** What detectors look at of a call, or of the run of a tool, that has ended. What is unknown is absent. */
export interface WatchedCall {
  /** Identifies it. */
  readonly auditId: string
  /** When it ended: Unix time in milliseconds. */
  readonly at: number
  /** `call` or `tool`. */
  readonly kind: string
  /** Whether it ended in an error. */
  readonly isError: boolean
  /** Whether the answer was refused or filtered. */
  readonly isRefused?: boolean
  /** The model that answered, or the one asked for. */
  readonly model?: string | undefined
  /** Digest of the file of weights. */
  readonly digest?: string | undefined
  /** Session of the context. */
  readonly session?: string | undefined
  /** From the call to its end, in milliseconds. */
  readonly durationMs?: number | undefined
  /** Tokens of the request and the answer. */
  readonly tokens?: number | undefined
  /** How sure the model was, from 0 to 1. */
  readonly confidence?: number | undefined
  /** Whether the answer is in another language than the question; unknown where one of them cannot be told. */
  readonly isForeign?: boolean | undefined
  /** Tools that ran, or that the answer asks for. */
  readonly tools?: readonly string[]
  /** Stands for what was asked: equal for the same question or arguments. */
  readonly asked?: string | undefined
}
