import {
  type CallRequest,
  type CallResponse,
  readNow,
  replaceMethod
} from '@slm-audit/core/adapter'
import { Generation } from './generation.ts'
import type { Recorder } from './recorder.ts'

/** A method that evaluates a sequence and answers with something other than generated text. */
export interface ComputedMethod<Result> {
  readonly name: string
  request(args: readonly unknown[]): CallRequest
  read(result: Result, args: readonly unknown[]): CallResponse
}

/** Records the calls of one method of one object, with the tokens that its sequence took in. */
export function recordMethod<Result>(
  target: object,
  { name, request, read }: ComputedMethod<Result>,
  { log, sequence }: Recorder
): void {
  replaceMethod(
    target,
    name,
    (original) =>
      function (this: unknown, ...args) {
        if (!log.isRecording || Generation.isWithin(sequence, log)) {
          return original.apply(this, args)
        }
        const generation = new Generation(log, sequence, false)
        return log.record(
          readNow(() => request(args)),
          () => generation.run(() => original.apply(this, args)),
          (result) => ({ ...generation.inputFacts(), ...read(result as Result, args) })
        )
      },
    log
  )
}
