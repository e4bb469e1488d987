import type { AuditLog, Stage } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Answer } from '../fakes/fake-server.ts'

/**
 * Parameters of a call, as the fixture's request has them. They come from a file, so that a client's
 * own types cannot be known here: pass them on as they are.
 */
export type Params = never

/** One kind of call that a client makes, and a recorded answer to it. */
export interface ClientCall<C> {
  /** A folder of fixtures, as `testProtocol` takes it. */
  readonly folder: URL
  /** What the client takes, where that is not the body of the fixture's request. */
  readonly params?: object
  /** Makes the call; a streamed one gives an async iterable, or a promise of one. */
  run(client: C, params: Params, options: { signal?: AbortSignal }): unknown
}

/** What the record of a scenario must say, where it is not what most clients give. */
export interface Expectation {
  /** How many calls are recorded; 1 unless given. */
  readonly calls?: number
  /** How the call may end. */
  readonly stage?: Stage | readonly Stage[]
  /** Who may have ended a call that was cancelled. */
  readonly by?: string | readonly string[] | undefined
  /** The type of its error. */
  readonly type?: string
}

/** Something that an application does with this client alone. */
export interface ClientScenario<C> {
  /** The title of its test. */
  readonly name: string
  /** What the server answers, in order; the last one serves all that follow. */
  readonly answers: readonly Answer[]
  /** Returns, or throws, what the application sees: equal with and without the log. */
  run(client: C): unknown
  /** Checks the calls recorded. */
  check?(calls: AuditedCall[]): void
  /** How often the client tries again; 0 unless given. */
  readonly retries?: number
  /** Set where the application leaves a call open. */
  readonly leavesOpen?: boolean
  /** Set where the client gives up after a time: whether its request came before is not compared. */
  readonly givesUp?: boolean
}

/** A client that speaks HTTP, described by what differs between clients. */
export interface ClientSubject<C> {
  /** Names the column in the table of scenarios, for instance `openai 7`. */
  readonly name: string
  /** A fresh client, not wrapped, for a server at `url` such as `http://127.0.0.1:40123`. */
  connect(url: string, options: { readonly retries: number }): C | Promise<C>
  /** Attaches the log; returns what the application uses from there. */
  wrap(client: C, log: AuditLog): C
  /** A call that is answered in one piece. */
  readonly plain?: ClientCall<C>
  /** A call whose answer is streamed. */
  readonly stream?: ClientCall<C>
  /** The answer's words in a recorded `output`; core's `textOf` unless given. */
  text?(output: unknown): string
  /** Whether the client tries again by itself, as often as `connect` was told. */
  readonly retries?: boolean
  /** Set where the client leaves its connection open when its consumer stops. */
  readonly leavesConnection?: boolean
  /** The body of a refusal, in the provider's shape. */
  readonly refusal?: object
  /** A frame of the stream that does not parse, where the framing is not one of the known ones. */
  readonly malformed?: Uint8Array
  /** False where errors of a stream are values of the stream, so that nothing is thrown: see `endingScenarios`. */
  readonly throwsInStreams?: boolean
  /** Names of request headers that differ from call to call without a log, too. */
  readonly ignoreHeaders?: readonly string[]
  /** Scenarios that do not apply, by name, with the reason. */
  readonly without?: { readonly [scenario: string]: string }
  /** What differs in the record, by the scenario's name. */
  readonly expected?: { readonly [scenario: string]: Expectation }
  /** Scenarios of this client's own. */
  readonly scenarios?: readonly ClientScenario<C>[]
}
