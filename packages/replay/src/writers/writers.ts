import { anthropicMessagesWriter } from './anthropic-messages.ts'
import { bedrockConverseWriter } from './bedrock-converse.ts'
import { bedrockInvokeWriter } from './bedrock-invoke.ts'
import { cohereChatWriter, cohereEmbedWriter, cohereRerankWriter } from './cohere.ts'
import { geminiWriter } from './gemini.ts'
import { huggingFaceTaskWriter, textGenerationWriter } from './hugging-face.ts'
import { ollamaChatWriter, ollamaEmbedWriter, ollamaGenerateWriter } from './ollama.ts'
import { mistralChatWriter, openaiChatWriter } from './openai-chat.ts'
import { openaiCompletionsWriter } from './openai-completions.ts'
import { openaiEmbeddingsWriter } from './openai-embeddings.ts'
import { openaiResponsesWriter } from './openai-responses.ts'
import type { Writer } from './writer.ts'

/** The writer of each protocol that can be replayed, by the protocol's name. */
export const WRITERS: ReadonlyMap<string, Writer> = new Map([
  ['openai.chat', openaiChatWriter],
  ['mistral.chat', mistralChatWriter],
  ['openai.completions', openaiCompletionsWriter],
  ['openai.embeddings', openaiEmbeddingsWriter],
  ['openai.responses', openaiResponsesWriter],
  ['anthropic.messages', anthropicMessagesWriter],
  ['google.generate_content', geminiWriter],
  ['ollama.chat', ollamaChatWriter],
  ['ollama.generate', ollamaGenerateWriter],
  ['ollama.embed', ollamaEmbedWriter],
  ['bedrock.converse', bedrockConverseWriter],
  ['bedrock.invoke', bedrockInvokeWriter],
  ['cohere.chat', cohereChatWriter],
  ['cohere.embed', cohereEmbedWriter],
  ['cohere.rerank', cohereRerankWriter],
  ['huggingface.text_generation', textGenerationWriter],
  ['huggingface.task', huggingFaceTaskWriter]
])
