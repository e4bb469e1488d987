import type { CallSummary } from '../call-summary.ts'

/** One step of a session: a call, the run of a tool, or another record, at its place in time. */
export interface SessionStep extends CallSummary {
  /** From the beginning of the session, in milliseconds. */
  readonly offsetMs: number
  /** How many steps of the session it stands inside of. */
  readonly depth: number
}

/** Steps that follow each other closely, as what an application does for one question. */
export interface SessionRun {
  /** Milliseconds from the end of the run before to the beginning of this one; absent for the first. */
  readonly pauseMs?: number
  /** From the beginning of its first step to the last end, in milliseconds. */
  readonly durationMs: number
  /** In the order in which they began. */
  readonly steps: readonly SessionStep[]
}

/** What is known of a session without its steps. */
export interface SessionSummary {
  /** The session, as contexts name it. */
  readonly session: string
  /** When its first step began: ISO 8601, UTC. */
  readonly beganAt: string
  /** When its last step that has ended did so: ISO 8601, UTC. */
  readonly endedAt: string
  /** Who had it; the users of its contexts, none twice. */
  readonly users: readonly string[]
  /** The tenant of its newest context that has one. */
  readonly tenant?: string
  /** Names of the applications, with their versions: `support-bot 2.3.1`. */
  readonly services: readonly string[]
  /** How many steps there are. */
  readonly stepCount: number
  /** How many of them ended in an error. */
  readonly errorCount: number
  /** How many have not ended. */
  readonly openCount: number
  /** Time in which a step was under way, in milliseconds: pauses do not count. */
  readonly busyMs: number
  /** The name of the model or tool that took most of that time, and how long; absent for a single step. */
  readonly slowest?: { readonly name: string; readonly durationMs: number }
  /** Tokens of all requests. */
  readonly inputTokens: number
  /** Tokens of all answers. */
  readonly outputTokens: number
  /** How its first question begins. */
  readonly question?: string
  /** How its last answer begins. */
  readonly answer?: string
}

/** A session with all that happened in it, as one timeline. */
export interface Session extends SessionSummary {
  /** Runs in the order of time. */
  readonly runs: readonly SessionRun[]
  /** What was said about its calls: feedback, reviews, scores; newest last. */
  readonly annotations: readonly CallSummary[]
}
