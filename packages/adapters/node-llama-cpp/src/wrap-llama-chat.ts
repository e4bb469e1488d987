import { type AuditLog, checkWrapping, claim, isObject } from '@slm-audit/core/adapter'
import type { LlamaChat } from 'node-llama-cpp'
import { recordDecisions } from './decisions.ts'
import { Generation } from './generation.ts'
import { readParts } from './read-parts.ts'
import { readStop } from './read-stop.ts'
import { recordAnswers } from './record-answer.ts'
import { Recorder, type WrapOptions } from './recorder.ts'
import { toolsOf } from './settings.ts'

type Fields = { readonly [name: string]: unknown }

/**
 * Records what a `LlamaChat` is given and answers: `generateResponse`,
 * `loadChatAndCompleteUserMessage` and `generateDecisions`. The functions that an answer calls are
 * the application's to run: run by `log.tool`, they are recorded below it. The chat is changed in
 * place and returned; wrapping it twice for one log is harmless.
 *
 * Throws the runtime's own error when the chat is disposed of. One that is frozen is reported as `client_unseen`.
 */
export function wrapLlamaChat<Chat extends LlamaChat>(
  chat: Chat,
  log: AuditLog,
  options: WrapOptions = {}
): Chat {
  checkWrapping(log, chat)
  const { sequence } = chat
  if (!claim(chat, log)) return chat
  const recorder = new Recorder(sequence, log, options)
  Generation.watch(sequence)
  const respond = {
    name: 'generateResponse',
    optionsAt: 1,
    chunks: 'onResponseChunk',
    request: ([history]: readonly unknown[], sent: unknown) => ({
      ...recorder.request('chat', 'generateResponse', history, settingsIn(sent)),
      ...toolsOf(sent)
    }),
    read: readResponse
  } as const
  const complete = {
    name: 'loadChatAndCompleteUserMessage',
    optionsAt: 1,
    chunks: 'onTextChunk',
    request: ([history]: readonly unknown[], sent: unknown) => ({
      ...recorder.request('text_completion', 'completeUserMessage', history, settingsIn(sent)),
      ...toolsOf(sent)
    }),
    read: ({ completion, metadata }: Fields) => ({ output: completion, ...stopOf(metadata) })
  } as const
  recordAnswers(chat, respond, recorder)
  recordAnswers(chat, complete, recorder)
  recordDecisions(log, chat, {
    name: 'generateDecisions',
    optionsAt: 2,
    request: ([history, questions, sent]) =>
      recorder.request('decide', 'generateDecisions', { history, questions }, settingsIn(sent))
  })
  return chat
}

function readResponse({ response, fullResponse, functionCalls, metadata }: Fields) {
  const asked = Array.isArray(functionCalls) ? functionCalls.filter(isObject) : []
  const parts = Array.isArray(fullResponse) ? fullResponse : [response]
  const toolCalls = asked.map(({ functionName }) => ({ name: String(functionName) }))
  const calls = asked.map(({ functionName: name, params, raw }) => {
    return { type: 'functionCall', name, params, raw }
  })
  return {
    ...readParts([...parts, ...calls]),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...stopOf(metadata)
  }
}

function stopOf(metadata: unknown) {
  return isObject(metadata) ? readStop(metadata) : {}
}

/** What is asked of the model; the state of an earlier evaluation is the runtime's bookkeeping. */
function settingsIn(options: unknown): unknown {
  if (!isObject(options)) return options
  const { lastEvaluationContextWindow: _window, ...sent } = options
  return sent
}
