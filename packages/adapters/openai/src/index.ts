export { openaiChat } from './openai-chat.ts'
export { wrapOpenAI } from './wrap-openai.ts'
