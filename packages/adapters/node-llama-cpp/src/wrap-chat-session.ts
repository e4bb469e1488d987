import { type AuditLog, checkWrapping, claim } from '@slm-audit/core/adapter'
import type { LlamaChatSession } from 'node-llama-cpp'
import { recordDecisions } from './decisions.ts'
import { Generation } from './generation.ts'
import { readParts } from './read-parts.ts'
import { readStop } from './read-stop.ts'
import { recordAnswers } from './record-answer.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { toolsOf } from './settings.ts'

/**
 * Records what a chat session is asked and answers: `prompt`, `promptWithMeta`, `completePrompt`,
 * `completePromptWithMeta`, `decide` and `decideWithMeta`, each call once, with the history that the
 * model sees. Each run of a function that the model calls is a tool's run below its prompt. The session
 * is changed in place and returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the session is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaChatSession<Session extends LlamaChatSession>(
  session: Session,
  log: AuditLog,
  options: WrapOptions = {}
): Session {
  checkWrapping(log, session)
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
    read: ({ response, ...meta }: { readonly [name: string]: unknown }) => ({
      ...readParts(response),
      ...readStop(meta)
    })
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
  recordDecisions(log, session, {
    name: 'decideWithMeta',
    optionsAt: 1,
    request: ([questions, sent]) => {
      const input = { history: session.getChatHistory(), questions }
      return recorder.request('decide', 'decide', input, sent)
    }
  })
  return session
}
