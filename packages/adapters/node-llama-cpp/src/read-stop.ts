import type { CallResponse } from '@slm-audit/core/adapter'

/** What tells, beside the text, how an answer ended. */
export function readStop(result: { readonly [name: string]: unknown }): CallResponse {
  const { stopReason, customStopTrigger } = result
  return {
    ...(typeof stopReason === 'string' && { finishReasons: [stopReason] }),
    ...(customStopTrigger !== undefined && { details: { customStopTrigger } })
  }
}
