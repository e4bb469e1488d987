import { isObject, type ModelIdentity } from '@slm-audit/core/adapter'

/** What WebLLM's engines have in common, in the page, in a worker and in a service worker. */
export interface WebLLMEngine {
  /** Asks for a chat's next message. */
  chatCompletion(request: never): Promise<unknown>
  /** Asks for a text to be completed. */
  completion(request: never): Promise<unknown>
  /** Asks for embeddings. */
  embedding(request: never): Promise<unknown>
}

/** Options of `wrapWebLLM`. */
export interface WrapOptions {
  /** The list of models, for engines in a worker, which do not keep it; see `MLCEngineConfig`. */
  readonly appConfig?: { readonly model_list: readonly object[] }
  /** What the application knows of its model and the engine cannot tell: `{ device: 'apple m3' }`. */
  readonly identity?: ModelIdentity
}

type Members = { readonly [name: string]: unknown }

/** Ids of the models that are loaded, as far as the engine tells. */
export function loadedModels(engine: object): readonly string[] {
  const { loadedModelIdToPipeline: pipelines, modelId } = engine as Members
  if (pipelines instanceof Map) return [...pipelines.keys()]
  return Array.isArray(modelId) ? modelId : []
}

/** The entry of the list of models that a model was loaded by. */
export function modelRecord(engine: object, model: string, options: WrapOptions): Members {
  const { appConfig = options.appConfig } = engine as Members
  const list = isObject(appConfig) ? appConfig.model_list : undefined
  const found = Array.isArray(list) && list.find((one) => isObject(one) && one.model_id === model)
  return isObject(found) ? found : {}
}

/**
 * The `mlc-chat-config.json` that a model was loaded with, overrides included. Engines in a worker
 * know the overrides alone.
 */
export function chatConfig(engine: object, model: string, { overrides }: Members): Members {
  const { loadedModelIdToChatConfig: configs, chatOpts } = engine as Members
  if (configs instanceof Map) {
    const config: unknown = configs.get(model)
    return isObject(config) ? config : {}
  }
  const at = loadedModels(engine).indexOf(model)
  const given = Array.isArray(chatOpts) ? chatOpts[at] : undefined
  return { ...(isObject(overrides) && overrides), ...(isObject(given) && given) }
}
