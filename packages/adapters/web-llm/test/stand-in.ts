import type { AppConfig, MLCEngine, MLCEngineInterface } from '@mlc-ai/web-llm'
import type { ChatConfig } from '@mlc-ai/web-llm/lib/config'
import { StandInPipeline, standInEmbeddings } from './stand-in-pipeline.ts'

/** A real engine of WebLLM whose pipelines are stand-ins: nothing is downloaded, no WebGPU is used. */
export interface StandIn {
  readonly engine: MLCEngineInterface
  /** Where the engine runs in this thread: what its model says. */
  readonly pipeline: StandInPipeline
}

/** WebLLM offers tools to a few models alone, told by their names. */
export const MODEL = 'Hermes-3-Llama-3.1-8B-q4f16_1-MLC'
/** The model after a `reload`. */
export const OTHER_MODEL = 'Qwen3-0.6B-q4f32_1-MLC'

/** The list of models, as an application gives it. */
export const appConfig: AppConfig = {
  model_list: [
    {
      model_id: MODEL,
      model: `https://huggingface.co/mlc-ai/${MODEL}/resolve/v1.1/`,
      model_lib: `https://key@models.example/${MODEL}-webgpu.wasm?signature=abc`,
      overrides: { context_window_size: 4096 },
      integrity: {
        config: 'sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
        model_lib: 'sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb'
      }
    },
    { model_id: OTHER_MODEL, model: `https://huggingface.co/mlc-ai/${OTHER_MODEL}`, model_lib: '' }
  ]
}

/** As in `mlc-chat-config.json`, which has more than WebLLM's type says. */
const chatConfig = {
  model_type: 'llama',
  quantization: 'q4f16_1',
  tokenizer_files: ['tokenizer.json'],
  vocab_size: 128256,
  context_window_size: 4096,
  sliding_window_size: -1,
  attention_sink_size: -1,
  repetition_penalty: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  top_p: 0.95,
  temperature: 0.6,
  conv_template: {
    system_template: '<|im_start|>system\n{system_message}<|im_end|>\n',
    system_message: 'You are a helpful assistant.',
    roles: { user: '<|im_start|>user', assistant: '<|im_start|>assistant', tool: '' },
    seps: ['<|im_end|>\n'],
    stop_str: ['<|im_end|>'],
    stop_token_ids: [128040]
  }
} satisfies ChatConfig & { quantization: string }

/** What is set in an engine by loading a model. */
interface Loaded {
  loadedModelIdToPipeline: Map<string, unknown>
  loadedModelIdToChatConfig: Map<string, unknown>
  loadedModelIdToModelType: Map<string, number>
  loadedModelIdToLock: Map<string, unknown>
  getLLMStates(request: string, model?: string | null): unknown[]
  getEmbeddingStates(request: string, model?: string | null): unknown[]
  reload(model: string): Promise<void>
}

/** Puts a stand-in for a model into a real engine. */
export function standIn(engine: MLCEngine): StandIn {
  const inside = engine as unknown as Loaded
  const pipeline = new StandInPipeline()
  const load = (model: string) => {
    const config = model === MODEL ? chatConfig : { ...chatConfig, model_type: 'qwen3' }
    inside.loadedModelIdToPipeline = new Map([[model, pipeline]])
    inside.loadedModelIdToChatConfig = new Map([[model, config]])
    inside.loadedModelIdToModelType = new Map([[model, 0]])
    inside.loadedModelIdToLock = new Map([[model, new Lock()]])
  }
  // The real ones tell a pipeline by its class, which is not exported; models that are not loaded are theirs.
  const statesOf =
    (of: unknown, missing: Loaded['getLLMStates']): Loaded['getLLMStates'] =>
    (request, asked) => {
      const [model = ''] = inside.loadedModelIdToPipeline.keys()
      if (asked && asked !== model) return missing.call(engine, request, asked)
      return [model, of, inside.loadedModelIdToChatConfig.get(model)]
    }
  Object.assign(engine, {
    getLLMStates: statesOf(pipeline, inside.getLLMStates),
    getEmbeddingStates: statesOf(standInEmbeddings, inside.getEmbeddingStates),
    reload: async (model: string | string[]) =>
      load(Array.isArray(model) ? String(model[0]) : model)
  })
  load(MODEL)
  return { engine, pipeline }
}

class Lock {
  #last: Promise<void> = Promise.resolve()
  #release: (() => void) | undefined

  async acquire(): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    this.#release = resolve
  }

  async release(): Promise<void> {
    this.#release?.()
  }
}
