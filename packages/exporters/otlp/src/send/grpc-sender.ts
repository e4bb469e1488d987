import type { createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base'
import type { ISerializer } from '@opentelemetry/otlp-transformer'
import { AuditError, type ExportResult, isObject } from '@slm-audit/core/exporter'
import type { TransportSettings } from '../base/options.ts'
import { retryDelayMs } from './retry-info.ts'
import {
  type OtlpResponse,
  PATHS,
  readAnswer,
  rejected,
  retry,
  type Sender,
  type SignalFormat
} from './sender.ts'

type Delegate<T> = ReturnType<typeof createOtlpGrpcExportDelegate<T, OtlpResponse>>

const INVALID_ARGUMENT = 3
const RESOURCE_EXHAUSTED = 8
const SUCCESS = 0

/**
 * OTLP over gRPC: OpenTelemetry's own transport, which tries once and gives up at its deadline. Its
 * serializer is watched for the answer, which is otherwise only logged.
 */
class GrpcSender<T> implements Sender<T> {
  readonly #format: SignalFormat<T>
  readonly #delegate: Delegate<T>
  readonly #answers: AnswerWatch<T>

  constructor(format: SignalFormat<T>, answers: AnswerWatch<T>, delegate: Delegate<T>) {
    this.#format = format
    this.#answers = answers
    this.#delegate = delegate
  }

  send(items: T, signal: AbortSignal): Promise<ExportResult> {
    const { signal: kind } = this.#format
    return new Promise((resolve) => {
      const abort = () => resolve(retry(kind, signal.reason))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort, { once: true })
      const settle = (result: ExportResult) => {
        signal.removeEventListener('abort', abort)
        resolve(result)
      }
      try {
        this.#delegate.export(items, ({ code, error }) => {
          const answer = this.#answers.take()
          settle(code === SUCCESS ? readAnswer(kind, answer) : failure(kind, error))
        })
      } catch (error) {
        settle(retry(kind, error))
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not `shutdown` first: it waits for requests that only their deadline ends.
    void this.#delegate.shutdown()
  }
}

function failure(kind: SignalFormat<unknown>['signal'], error: unknown): ExportResult {
  const code = isObject(error) ? error['code'] : undefined
  const tooLarge = code === RESOURCE_EXHAUSTED && /larger than max/i.test(String(error))
  if (code === INVALID_ARGUMENT || tooLarge) return rejected(kind, error)
  return retry(kind, error, retryDelayMs(error))
}

/** A serializer that remembers the answer which it read last. */
class AnswerWatch<T> implements ISerializer<T, OtlpResponse> {
  readonly #serializer: ISerializer<T, OtlpResponse>
  #answer: OtlpResponse = {}

  constructor(serializer: ISerializer<T, OtlpResponse>) {
    this.#serializer = serializer
  }

  serializeRequest(items: T): Uint8Array | undefined {
    return this.#serializer.serializeRequest(items)
  }

  deserializeResponse(data: Uint8Array): OtlpResponse {
    try {
      this.#answer = this.#serializer.deserializeResponse(data)
    } catch {
      // The status has acknowledged the batch; what cannot be read says nothing against it.
      this.#answer = {}
    }
    return this.#answer
  }

  take(): OtlpResponse {
    const answer = this.#answer
    this.#answer = {}
    return answer
  }
}

/** Completes the options of a signal from the environment and makes its sender. */
export async function grpcSender<T>(
  format: SignalFormat<T>,
  settings: TransportSettings
): Promise<GrpcSender<T>> {
  const grpc = await import('@opentelemetry/otlp-grpc-exporter-base').catch((cause: unknown) => {
    const message =
      'protocol grpc needs the package @opentelemetry/otlp-grpc-exporter-base: install it, or use http/protobuf'
    throw new AuditError('bad_option', message, { cause })
  })
  const { endpoint, headers, timeoutMs, compression } = settings
  const metadata = grpc.createEmptyMetadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  const { variable, service, rpc } = PATHS[format.signal]
  const options = grpc.convertLegacyOtlpGrpcOptions(
    {
      metadata,
      ...(endpoint !== undefined && { url: endpoint }),
      ...(timeoutMs !== undefined && { timeoutMillis: timeoutMs }),
      ...(compression !== undefined && { compression: compression as never })
    },
    variable
  )
  const answers = new AnswerWatch(format.serializer)
  const delegate = grpc.createOtlpGrpcExportDelegate<T, OtlpResponse>(
    options,
    answers,
    `otlp_grpc_${format.signal}`,
    format.helper,
    undefined,
    service,
    rpc
  )
  return new GrpcSender(format, answers, delegate)
}
