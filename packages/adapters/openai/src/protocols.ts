import type { Protocol } from '@slm-audit/core/adapter'
import { openaiChat } from './openai-chat.ts'
import { openaiCompletions } from './openai-completions.ts'
import { openaiDecisions } from './openai-decisions.ts'
import { openaiEmbeddings } from './openai-embeddings.ts'
import { openaiImages } from './openai-images.ts'
import { openaiModerations } from './openai-moderations.ts'
import { openaiSpeech } from './openai-speech.ts'
import { openaiTranscription } from './openai-transcription.ts'
import { openaiResponses } from './responses/openai-responses.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const openaiProtocols: readonly Protocol[] = [
  openaiChat as Protocol,
  openaiResponses as Protocol,
  openaiCompletions as Protocol,
  openaiEmbeddings,
  openaiModerations,
  openaiDecisions,
  openaiTranscription as Protocol,
  openaiSpeech as Protocol,
  openaiImages as Protocol
]
