import type { Protocol } from '@slm-audit/core/adapter'
import { mistralChat } from './mistral-chat.ts'
import { mistralConversations } from './mistral-conversations.ts'
import { mistralEmbeddings } from './mistral-embeddings.ts'
import { mistralFim } from './mistral-fim.ts'
import { mistralModerations } from './mistral-moderations.ts'
import { mistralOcr } from './mistral-ocr.ts'
import { mistralSpeech } from './mistral-speech.ts'
import { mistralTranscription } from './mistral-transcription.ts'

/**
 * All wire formats of this package, for `wrapFetch`. They match at Mistral's own hosts alone: OpenAI's
 * paths are the same.
 */
export const mistralProtocols: readonly Protocol[] = [
  mistralChat as Protocol,
  mistralConversations as Protocol,
  mistralFim as Protocol,
  mistralEmbeddings,
  mistralModerations,
  mistralOcr,
  mistralTranscription as Protocol,
  mistralSpeech as Protocol
]

/** The same at any host, for requests of a client that is Mistral's. */
export const anywhere: readonly Protocol[] = mistralProtocols.map((protocol) => ({
  ...protocol,
  matches: ({ pathname }, method) =>
    protocol.matches(new URL(`https://api.mistral.ai${pathname}`), method)
}))
