export { huggingfaceTask } from './huggingface-task.ts'
export { huggingfaceProtocols } from './protocols.ts'
export { textGeneration } from './text-generation.ts'
export { wrapHuggingFace } from './wrap-hugging-face.ts'
