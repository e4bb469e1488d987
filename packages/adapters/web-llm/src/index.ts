export type { WebLLMEngine, WrapOptions } from './engine.ts'
export { wrapWebLLM } from './wrap-web-llm.ts'
