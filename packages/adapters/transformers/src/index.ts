export { modelIdentity } from './model-identity.ts'
export { wrapModel } from './wrap-model.ts'
export type { TransformersEnv, WrapOptions } from './wrap-options.ts'
export { wrapPipeline, wrapPipelineFactory } from './wrap-pipeline.ts'
