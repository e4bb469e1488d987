import type { ModelIdentity } from '@slm-audit/core/adapter'

/** What the audit reads of the object `env` that transformers.js exports. */
export interface TransformersEnv {
  /** The version of transformers.js. */
  readonly version?: string
  /** Whether models are looked for on this machine. */
  readonly allowLocalModels?: boolean
  /** The folder of models on this machine. */
  readonly localModelPath?: string
  /** Before version 4 `null` where there is no file system. */
  readonly cacheDir?: string | null
  /** What runs the models. */
  readonly backends?: object
}

/** Options of the `wrap*` functions. A loaded model no longer knows where it came from. */
export interface WrapOptions {
  /** The model id or folder, as given to transformers.js. */
  readonly model?: string
  /** The revision, as given to transformers.js. */
  readonly revision?: string
  /** `env` of transformers.js: its version, its runtime's, and where it keeps files. */
  readonly env?: TransformersEnv
  /** The folder of the model's files, where neither `model` nor `env` leads there. */
  readonly folder?: string
  /** The folder of the weights below that of the model; `onnx` unless given. */
  readonly subfolder?: string
  /** Name of the weights file without dtype and extension, as given to transformers.js. */
  readonly modelFileName?: string
  /**
   * Records the probability of each generated token, by a logits processor of ours behind the
   * caller's. Off unless given: it walks over the vocabulary once per token.
   */
  readonly confidence?: boolean
  /** What else the application knows of its model. */
  readonly identity?: ModelIdentity
}
