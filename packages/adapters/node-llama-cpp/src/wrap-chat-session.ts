import { type AuditLog, type CallResponse, isObject } from '@slm-audit/core'
import type { LlamaChatSession } from 'node-llama-cpp'
import { claim } from './claim.ts'
import { Generation } from './generation.ts'
import { recordAnswers } from './record-answer.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { toolsOf } from './settings.ts'

/**
 * Records what a chat session is asked and answers: `prompt`, `promptWithMeta`, `completePrompt`
 * and `completePromptWithMeta`, each call once, with the history that the model sees. The session
 * is changed in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws TypeError when the session is frozen, and the runtime's own error when it is disposed of.
 */
export function wrapLlamaChatSession<Session extends LlamaChatSession>(
  session: Session,
  log: AuditLog,
  options: WrapOptions = {}
): Session {
  const { sequence } = session
  if (!claim(session, log)) return session
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const historyWith = (text: unknown) => [...session.getChatHistory(), { type: 'user', text }]
  const prompt = {
    name: 'promptWithMeta',
    short: 'prompt',
    optionsAt: 1,
    chunks: 'onResponseChunk',
    request: ([text]: readonly unknown[], sent: unknown) => ({
      ...recorder.request('chat', 'prompt', historyWith(text), sent),
      ...toolsOf(sent)
    }),
    read: readAnswer
  } as const
  const completePrompt = {
    name: 'completePromptWithMeta',
    short: 'completePrompt',
    optionsAt: 1,
    chunks: 'onTextChunk',
    request: ([text]: readonly unknown[], sent: unknown) =>
      recorder.request('text_completion', 'completePrompt', historyWith(text), sent),
    read: ({ completion, ...meta }: { readonly [name: string]: unknown }) => ({
      output: completion,
      ...readStop(meta)
    })
  } as const
  recordAnswers(session, prompt, recorder)
  recordAnswers(session, completePrompt, recorder)
  return session
}

/** What tells, beside the text, how an answer ended. */
export function readStop(result: { readonly [name: string]: unknown }): CallResponse {
  const { stopReason, customStopTrigger } = result
  return {
    ...(typeof stopReason === 'string' && { finishReasons: [stopReason] }),
    ...(customStopTrigger !== undefined && { details: { customStopTrigger } })
  }
}

/** An answer's parts are texts, function calls with their results, and segments such as thoughts. */
function readAnswer(result: { readonly [name: string]: unknown }): CallResponse {
  const parts = Array.isArray(result.response) ? (result.response as readonly unknown[]) : []
  const objects = parts.filter(isObject)
  const toolCalls = objects.flatMap(({ type, name }) =>
    type === 'functionCall' && typeof name === 'string' ? [{ name }] : []
  )
  const thoughts = objects.filter((part) => part.segmentType === 'thought')
  const text = thoughts.map((part) => String(part.text)).join('\n')
  return {
    output: objects.length === 0 ? parts.join('') : parts,
    ...readStop(result),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(thoughts.length > 0 && { reasoning: { source: 'segment', blocks: thoughts.length, text } })
  }
}
