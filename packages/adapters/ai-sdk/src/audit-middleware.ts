import { type AuditLog, checkWrapping, overOption, readNow, textsOf } from '@slm-audit/core/adapter'
import { watchStream } from './end-call.ts'
import { type ModelInfo, readModelRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { complete, recordCall } from './record-call.ts'
import { reportUntestedSdk } from './report-untested-sdk.ts'
import { stepAbove } from './step-above.ts'

interface CallParams {
  readonly abortSignal?: AbortSignal | undefined
  readonly prompt?: unknown
}

type Streaming = { stream: ReadableStream<unknown> }

/** What the SDK gives a middleware around a call. */
type Asked<Name extends string, R> = { readonly [N in Name]: () => PromiseLike<R> } & {
  readonly params: CallParams
  readonly model: ModelInfo
}

/** A middleware of the AI SDK, of the shape that majors 5, 6 and 7 share. */
export interface AuditMiddleware {
  /** The majors ask for different constants here and read none of them. */
  readonly specificationVersion: never
  /** Called by the SDK around a call in one piece. */
  wrapGenerate<R>(options: {
    doGenerate: () => PromiseLike<R>
    params: CallParams
    model: ModelInfo
  }): Promise<R>
  /** Called by the SDK around a streamed call. */
  wrapStream<R extends { stream: ReadableStream<unknown> }>(options: {
    doStream: () => PromiseLike<R>
    params: CallParams
    model: ModelInfo
  }): Promise<R>
}

/**
 * A middleware for `wrapLanguageModel` that records every call of the model, plain and streamed:
 * what the provider is given and what it answers, which are passed through as they are. AI SDK 5,
 * 6 and 7. Several of them around one model, or a wrapped client below, give one record a call.
 */
export function auditMiddleware(log: AuditLog): AuditMiddleware {
  checkWrapping(log, log)
  reportUntestedSdk(log)
  return {
    specificationVersion: 'v3' as never,
    wrapGenerate: overOption<Asked<'doGenerate', unknown>, unknown>(
      'doGenerate',
      async (doGenerate, { params, model }) => {
        if (!log.isRecording) return doGenerate()
        return recordCall(
          log,
          readNow(() => readModelRequest(model, { ...params }, false)),
          {
            signal: params.abortSignal,
            run: doGenerate,
            onResult: (call, result) => complete(call, () => readResult(result))
          }
        )
      }
    ) as AuditMiddleware['wrapGenerate'],
    wrapStream: overOption<Asked<'doStream', Streaming>, Streaming>(
      'doStream',
      async (doStream, { params, model }) => {
        if (!log.isRecording) return doStream()
        const { abortSignal: signal } = params
        const around = log.currentCall
        return recordCall(
          log,
          readNow(() => readModelRequest(model, { ...params }, true)),
          {
            signal,
            run: doStream,
            onResult(call, { stream }) {
              const step = stepAbove(log, around, textsOf(params.prompt))
              watchStream(call, stream, {
                signal,
                cancelled: (by) => step?.cancelled(by),
                failed: (error) => step?.failed(error)
              })
            }
          }
        )
      }
    ) as AuditMiddleware['wrapStream']
  }
}
