import { isObject, type Protocol, workerModule } from '@slm-audit/core/adapter'
import { finishMessage, type MessageFold, startMessage, stepMessage } from './message-fold.ts'
import { readMessage } from './read-message.ts'
import { isMessagesPath, readMessageRequest, SETTINGS_IN_HEADERS } from './read-request.ts'

/**
 * Messages (`POST …/v1/messages`, also with `?beta=true`), of Anthropic, of Vertex AI
 * (`:rawPredict`, `:streamRawPredict`) and of every server that speaks the same: plain and streamed,
 * tools and tools that run at the provider, thinking with signatures, redacted thinking, citations.
 *
 * Source: Anthropic API reference, "Messages" and "Streaming messages".
 */
export const anthropicMessages: Protocol<MessageFold> = {
  name: 'anthropic.messages',
  framing: 'sse',
  needsNames: true,
  matches: (url, method) => method === 'POST' && isMessagesPath(url.pathname),
  headers: SETTINGS_IN_HEADERS,
  readRequest: (body, url, headers) => readMessageRequest(body, url, 'chat', headers),
  readResponse: readMessage,
  start: startMessage,
  step: stepMessage,
  // The client stops reading at an error, too.
  isLast: (event) => isObject(event) && (event.type === 'message_stop' || event.type === 'error'),
  leavesOut: {
    '/stop_details/fallback_credit_token': 'it is worth money',
    '/delta/stop_details/fallback_credit_token': 'it is worth money'
  },
  finish: (fold) => readMessage(finishMessage(fold)),
  workerModule: workerModule(
    () => anthropicMessages,
    () => import.meta.resolve('@slm-audit/anthropic')
  )
}
