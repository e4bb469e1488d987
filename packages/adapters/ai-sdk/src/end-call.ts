import {
  type CallResponse,
  type EndedBy,
  endedByError,
  endedBySignal,
  isObject,
  type Later,
  type OpenCall,
  readToolCalls,
  tapReadable,
  typeOfError
} from '@slm-audit/core/adapter'
import { foldParts } from './fold-parts.ts'
import { readResult } from './read-result.ts'

/** How a call ends with what its model threw. */
export interface ErrorEnd {
  readonly signal?: AbortSignal | undefined
  /** The answer as far as it came. */
  readonly partial?: Later<CallResponse>
  /** Whether the error's message, which may quote, is left out. */
  readonly hides?: boolean
}

/** Ends a call with what its model threw: as cancelled where that was an abort. */
export function endWithError(
  call: OpenCall,
  error: unknown,
  { signal, partial, hides }: ErrorEnd = {}
): Promise<void> | undefined {
  const by = signal?.aborted ? endedBySignal(signal) : endedByError(error)
  if (by) call.cancel(by, partial)
  else {
    const status = isObject(error) ? error.statusCode : undefined
    const facts = typeof status === 'number' ? { status } : undefined
    if (!hides) call.fail(error, partial, facts)
    else {
      const came = (typeof partial === 'function' ? partial() : partial) ?? {}
      call.fail(undefined, { ...came, error: { type: typeOfError(error) } }, facts)
    }
  }
  return call.settled()
}

/** What a watched stream tells beside its call. */
export interface StreamEnd {
  readonly signal?: AbortSignal | undefined
  readonly hides?: boolean
  /** Reads the answer, whole or as far as it came. */
  readonly read?: (parts: readonly unknown[]) => CallResponse
  /** The consumer stopped, or the caller aborted. */
  cancelled?(by: EndedBy): void
  failed?(error: unknown): void
  /** The stream told of an error, as one of its parts. */
  told?(error: unknown): void
}

/**
 * Watches the parts of a model's stream while the SDK reads them. Returns what cancels the call with
 * the answer as far as it came.
 */
export function watchStream(
  call: OpenCall,
  stream: ReadableStream<unknown>,
  { signal, hides = false, read = readParts, cancelled, failed, told }: StreamEnd
): (by: EndedBy) => void {
  const parts: unknown[] = []
  const answer = () => read(parts)
  let hasFailed = false
  call.keepPartial(answer)
  tapReadable(stream, {
    next(part) {
      parts.push(part)
      call.chunk()
      if (isObject(part) && part.type === 'error') {
        hasFailed = true
        told?.(part.error)
      }
      const tools = readToolCalls([part])
      if (tools.length > 0) call.asks(tools)
    },
    end() {
      call.complete(answer)
      return call.settled()
    },
    fail(error) {
      failed?.(error)
      return endWithError(call, error, { signal, partial: answer, hides })
    },
    cancel() {
      if (hasFailed) {
        // The SDK leaves a stream that told of an error, and may try another one.
        call.complete(answer)
        return call.settled()
      }
      const by = signal?.aborted ? endedBySignal(signal) : 'consumer'
      call.cancel(by, answer)
      cancelled?.(by)
      return call.settled()
    }
  })
  return (by) => call.cancel(by, answer)
}

function readParts(parts: readonly unknown[]): CallResponse {
  return readResult(foldParts(parts), parts)
}
