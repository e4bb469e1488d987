// Made by `pnpm run generate` from the table of fields in ./fields.

/** What the application declares with `withContext`. */
export interface AuditContext {
  /** A pseudonymous id of the person, not a name or an address. */
  readonly user?: string | undefined
  /** Id of the session. */
  readonly session?: string | undefined
  /** Id of the conversation. */
  readonly conversation?: string | undefined
  /** Id of the customer that the call is made for. */
  readonly tenant?: string | undefined
  /** Groups that the person belongs to. */
  readonly groups?: readonly string[] | undefined
  /** Anything else that records are found by, by name. */
  readonly tags?: { readonly [name: string]: unknown } | undefined
}

/** The request, as sent. */
export interface CallFacts {
  /** `gen_ai.operation.name`: chat, text_completion, embeddings, … */
  readonly operation: string
  /** `gen_ai.provider.name`. */
  readonly provider: string
  /** Name of the tool or step. */
  readonly name?: string | undefined
  /** The id under which a model asked for the tool. */
  readonly toolCallId?: string | undefined
  /** What serves a tool or resource, as it names itself. */
  readonly server?: Named | undefined
  /** The model asked for. */
  readonly model?: string | undefined
  /** The wire format or method that was read. */
  readonly protocol?: string | undefined
  /** Where the request went. */
  readonly endpoint?: Endpoint | undefined
  /** Whether the answer was asked for in pieces. */
  readonly stream?: boolean | undefined
  /** Sampling and other parameters: numbers, switches and known words under known names; the rest is the content `settings`. */
  readonly settings?: { readonly [name: string]: unknown } | undefined
  /** A prompt that the provider keeps. */
  readonly prompt?: Named | undefined
  /** Names of the tools offered. */
  readonly tools?: readonly string[] | undefined
  /** The client library. */
  readonly client?: Named | undefined
  /** The instrumentation that the record was read from, where it was. */
  readonly source?: string | undefined
}

/** What serves a tool or resource, as it names itself. */
export interface Named {
  /** Its name. */
  readonly name: string
  /** Its version. */
  readonly version?: string | undefined
}

/** Where the request went. */
export interface Endpoint {
  /** Host name or address. */
  readonly address: string
  /** Port, where the address has one. */
  readonly port?: number | undefined
  /** Path; parts that are not of a known interface, and not the model, are `*`. */
  readonly path?: string | undefined
}

/** The weights and the runtime of a local model. */
export interface ModelIdentity {
  /** Name, as the weights or the application give it. */
  readonly name?: string | undefined
  /** Base name of the weights file. */
  readonly file?: string | undefined
  /** SHA-256 of the weights file. */
  readonly digest?: string | undefined
  /** Where the weights come from: an address or a repository. */
  readonly source?: string | undefined
  /** Revision of the repository. */
  readonly revision?: string | undefined
  /** Format of the weights: gguf, onnx, … */
  readonly format?: string | undefined
  /** Architecture of the network: llama, qwen3, … */
  readonly architecture?: string | undefined
  /** Number of parameters. */
  readonly parameters?: number | undefined
  /** How the weights are quantized: Q4_K_M, q4f16, … */
  readonly quantization?: string | undefined
  /** Size of the context in tokens. */
  readonly contextSize?: number | undefined
  /** SHA-256 of the chat template. */
  readonly chatTemplateDigest?: string | undefined
  /** LoRA adapters with their scale. */
  readonly adapters?: readonly ModelAdapter[] | undefined
  /** Versions or builds of the runtime, by name. */
  readonly runtime?: { readonly [name: string]: string } | undefined
  /** What the model ran on. */
  readonly device?: string | undefined
  /** Number of threads. */
  readonly threads?: number | undefined
  /** Seed of the sampler. */
  readonly seed?: number | undefined
  /** Digests by file name. */
  readonly files?: { readonly [name: string]: string } | undefined
}

/** LoRA adapters with their scale. */
export interface ModelAdapter {
  /** Name of the adapter. */
  readonly name?: string | undefined
  /** Base name of its file. */
  readonly file?: string | undefined
  /** SHA-256 of its file. */
  readonly digest?: string | undefined
  /** How much of it is added. */
  readonly scale?: number | undefined
}
