import {
  AuditError,
  type AuditLog,
  type CallRequest,
  type ModelIdentity,
  reportUntested
} from '@slm-audit/core/adapter'
import { getModuleVersion, type LlamaContextSequence } from 'node-llama-cpp'
import { contextIdentity } from './model-identity.ts'
import { isStreaming, settingsOf } from './settings.ts'

/** The majors that the tests run against. */
const TESTED = ['3']

/** Options of the `wrap*` functions. */
export interface WrapOptions {
  /**
   * Asks the runtime for the probability of each token that a chat session or completion chooses.
   * Off unless given: the runtime then does a little more work per token.
   */
  readonly confidence?: boolean
  /** What the application knows of its model and the runtime cannot tell: revision, adapters, … */
  readonly identity?: ModelIdentity
}

/** What tells the model and its context: a sequence does. */
type RecordedSource = Pick<LlamaContextSequence, 'context' | 'model'>

/** What the requests of one wrapped object share. */
export class Recorder<Source extends RecordedSource = LlamaContextSequence> {
  readonly log: AuditLog
  readonly sequence: Source
  readonly confidence: boolean
  readonly #identity: () => ModelIdentity
  readonly #model: string | undefined

  constructor(sequence: Source, log: AuditLog, options: WrapOptions) {
    this.log = log
    this.sequence = sequence
    this.confidence = options.confidence ?? false
    const identity = contextIdentity(sequence.context, (cause) => {
      const message = 'the digest of the model file is unknown, because it cannot be read'
      log.report(new AuditError('observer_failed', message, { cause }))
    })
    this.#identity = () => ({ ...identity(), ...options.identity })
    const { name, file } = this.#identity()
    this.#model = name ?? file
    checkVersion(log)
  }

  request(operation: string, protocol: string, input: unknown, options: unknown): CallRequest {
    return {
      operation,
      provider: 'node-llama-cpp',
      protocol: `node-llama-cpp.${protocol}`,
      ...(this.#model !== undefined && { model: this.#model }),
      input,
      settings: settingsOf(options),
      stream: isStreaming(options),
      identity: this.#identity
    }
  }
}

function checkVersion(log: AuditLog): void {
  const report = (version: string) =>
    reportUntested(log, { name: 'node-llama-cpp', version, tested: TESTED })
  // A version that cannot be read is not reported: `contextIdentity` tells of the same failure.
  getModuleVersion().then(report, () => undefined)
}
