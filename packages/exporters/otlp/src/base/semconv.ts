/**
 * The schema of the GenAI conventions that all names here follow: open-telemetry/
 * semantic-conventions-genai v0.1.0, on the general conventions 1.45, which they left after 1.41. All of
 * `gen_ai.*` is in development there: when names change, this file changes, and nothing else.
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/gen-ai/0.1.0'

/** How a value is put into an attribute. `count1` is an integer that is left out when it is 1. */
export type AttributeType =
  | 'string'
  | 'int'
  | 'double'
  | 'boolean'
  | 'strings'
  | 'seconds'
  | 'count1'

/** One row of the mapping: an attribute, its type, and the members of a record that may hold it. */
export type AttributeRow = readonly [
  attribute: string,
  type: AttributeType,
  ...paths: readonly string[]
]

/**
 * From the header of a terminal record to the attributes of a span; the first member that is there
 * wins. `settings.x` looks for `x` among the settings as sent, also inside the objects in which
 * providers nest them; `tokens` are the counts with everything in them that providers count apart;
 * `modal` are the counts that providers give by modality; `tool` and `step` are the `call` of records of that kind, and
 * `retrieval` is that of a retrieval, which is neither and whose settings are its own.
 */
export const ATTRIBUTES: readonly AttributeRow[] = [
  ['gen_ai.operation.name', 'string', 'call.operation'],
  ['gen_ai.request.model', 'string', 'call.model'],
  ['gen_ai.request.stream', 'boolean', 'call.stream'],
  ['gen_ai.conversation.id', 'string', 'context.conversation'],
  ['gen_ai.prompt.name', 'string', 'call.prompt.name'],
  ['gen_ai.prompt.version', 'string', 'call.prompt.version'],
  [
    'gen_ai.request.choice.count',
    'count1',
    'settings.n',
    'settings.candidateCount',
    'settings.candidate_count',
    'settings.num_generations'
  ],
  [
    'gen_ai.request.frequency_penalty',
    'double',
    'settings.frequency_penalty',
    'settings.frequencyPenalty'
  ],
  [
    'gen_ai.request.presence_penalty',
    'double',
    'settings.presence_penalty',
    'settings.presencePenalty'
  ],
  [
    'gen_ai.request.max_tokens',
    'int',
    'settings.max_tokens',
    'settings.max_completion_tokens',
    'settings.max_output_tokens',
    'settings.maxTokens',
    'settings.maxOutputTokens',
    'settings.max_new_tokens',
    'settings.num_predict',
    'settings.n_predict'
  ],
  ['gen_ai.request.seed', 'int', 'settings.seed', 'settings.random_seed'],
  [
    'gen_ai.request.stop_sequences',
    'strings',
    'settings.stop',
    'settings.stop_sequences',
    'settings.stopSequences',
    'settings.customStopTriggers'
  ],
  ['gen_ai.request.temperature', 'double', 'settings.temperature'],
  ['gen_ai.request.top_k', 'int', 'settings.top_k', 'settings.topK', 'settings.k'],
  ['gen_ai.request.top_p', 'double', 'settings.top_p', 'settings.topP', 'settings.p'],
  [
    'gen_ai.request.previous_response.id',
    'string',
    'settings.previous_response_id',
    'settings.previous_interaction_id'
  ],
  [
    'gen_ai.request.reasoning.level',
    'string',
    'settings.reasoning_effort',
    'settings.reasoning.effort',
    'settings.thinkingLevel'
  ],
  ['gen_ai.response.finish_reasons', 'strings', 'response.finishReasons'],
  ['gen_ai.response.id', 'string', 'response.id'],
  ['gen_ai.response.model', 'string', 'response.model'],
  ['gen_ai.response.time_to_first_chunk', 'seconds', 'timing.timeToFirstChunkMs'],
  ['gen_ai.usage.input_tokens', 'int', 'tokens.input'],
  ['gen_ai.usage.output_tokens', 'int', 'tokens.output'],
  ['gen_ai.usage.cache_read.input_tokens', 'int', 'response.usage.cacheReadTokens'],
  ['gen_ai.usage.cache_write.input_tokens', 'int', 'response.usage.cacheWriteTokens'],
  ['gen_ai.usage.reasoning.output_tokens', 'int', 'response.usage.reasoningTokens'],
  ['gen_ai.usage.text.input_tokens', 'int', 'modal.text.input'],
  ['gen_ai.usage.text.output_tokens', 'int', 'modal.text.output'],
  ['gen_ai.usage.text.cache_read.input_tokens', 'int', 'modal.text.cacheRead'],
  ['gen_ai.usage.image.input_tokens', 'int', 'modal.image.input'],
  ['gen_ai.usage.image.output_tokens', 'int', 'modal.image.output'],
  ['gen_ai.usage.image.cache_read.input_tokens', 'int', 'modal.image.cacheRead'],
  [
    'gen_ai.usage.audio.input_tokens',
    'int',
    'modal.audio.input',
    'response.usage.audioInputTokens'
  ],
  [
    'gen_ai.usage.audio.output_tokens',
    'int',
    'modal.audio.output',
    'response.usage.audioOutputTokens'
  ],
  ['gen_ai.usage.audio.cache_read.input_tokens', 'int', 'modal.audio.cacheRead'],
  ['gen_ai.embeddings.dimension.count', 'int', 'settings.dimensions', 'settings.output_dimension'],
  [
    'gen_ai.request.encoding_formats',
    'strings',
    'settings.encoding_format',
    'settings.embedding_types'
  ],
  ['gen_ai.tool.name', 'string', 'tool.name'],
  ['gen_ai.tool.call.id', 'string', 'call.toolCallId'],
  ['gen_ai.agent.name', 'string', 'step.name'],
  ['gen_ai.data_source.id', 'string', 'retrieval.name'],
  [
    'gen_ai.retrieval.top_k',
    'int',
    'retrieval.settings.top_k',
    'retrieval.settings.topK',
    'retrieval.settings.k'
  ],
  ['server.address', 'string', 'call.endpoint.address'],
  ['server.port', 'int', 'call.endpoint.port'],
  ['http.response.status_code', 'int', 'outcome.status'],
  ['enduser.pseudo.id', 'string', 'context.user'],
  ['session.id', 'string', 'context.session'],
  ['slm_audit.tenant', 'string', 'context.tenant'],
  ['slm_audit.audit_id', 'string', 'auditId'],
  ['slm_audit.index', 'int', 'log.index'],
  ['slm_audit.origin', 'string', 'log.origin'],
  ['slm_audit.stage', 'string', 'stage'],
  ['slm_audit.parent', 'string', 'parent'],
  ['slm_audit.ended_by', 'string', 'outcome.by'],
  ['slm_audit.source', 'string', 'call.source'],
  ['slm_audit.tokens_per_second', 'double', 'timing.tokensPerSecond'],
  ['slm_audit.confidence.mean_logprob', 'double', 'confidence.meanLogprob'],
  ['slm_audit.confidence.perplexity', 'double', 'confidence.perplexity'],
  ['slm_audit.model.file', 'string', 'model.file'],
  ['slm_audit.model.digest', 'string', 'model.digest'],
  ['slm_audit.model.architecture', 'string', 'model.architecture'],
  ['slm_audit.model.quantization', 'string', 'model.quantization'],
  ['slm_audit.model.context_size', 'int', 'model.contextSize'],
  ['slm_audit.model.device', 'string', 'model.device']
]

/** Where providers nest the settings of a request. */
export const SETTINGS_GROUPS: readonly string[] = [
  'options',
  'generationConfig',
  'config',
  'inferenceConfig',
  'parameters'
]

/** Attributes of content, and of the references that may stand in for it. */
export const CONTENT = {
  input: 'gen_ai.input.messages',
  output: 'gen_ai.output.messages',
  instructions: 'gen_ai.system_instructions',
  tools: 'gen_ai.tool.definitions',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  query: 'gen_ai.retrieval.query.text',
  documents: 'gen_ai.retrieval.documents'
} as const

/** Ending of the name of an attribute that says where a content is, in place of the content. */
export const REFERENCE_SUFFIX = '_ref'

/** Names of events. */
export const EVENTS = {
  details: 'gen_ai.client.inference.operation.details',
  exception: 'gen_ai.client.operation.exception',
  inferenceException: 'gen_ai.client.inference.exception',
  embeddingsException: 'gen_ai.client.embeddings.exception',
  toolException: 'gen_ai.execute_tool.exception',
  received: 'slm_audit.call.received',
  record: 'slm_audit.record'
} as const

const SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
]
const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
  67_108_864
]

/** Metric instruments with their bucket boundaries. */
export const METRICS = {
  inferenceDuration: { name: 'gen_ai.client.inference.duration', unit: 's', buckets: SECONDS },
  operationDuration: { name: 'gen_ai.client.operation.duration', unit: 's', buckets: SECONDS },
  stepDuration: { name: 'gen_ai.invoke_agent.duration', unit: 's', buckets: SECONDS },
  embeddingsDuration: { name: 'gen_ai.client.embeddings.duration', unit: 's', buckets: SECONDS },
  retrievalDuration: { name: 'gen_ai.retrieval.duration', unit: 's', buckets: SECONDS },
  toolDuration: { name: 'gen_ai.execute_tool.duration', unit: 's', buckets: SECONDS },
  firstChunk: { name: 'gen_ai.client.inference.time_to_first_chunk', unit: 's', buckets: SECONDS },
  perChunk: { name: 'gen_ai.client.inference.time_per_output_chunk', unit: 's', buckets: SECONDS },
  embeddingsTokens: {
    name: 'gen_ai.client.embeddings.operation.input_tokens',
    unit: '{token}',
    buckets: TOKENS
  },
  inputTokens: {
    name: 'gen_ai.client.inference.operation.input_tokens',
    unit: '{token}',
    buckets: TOKENS
  },
  outputTokens: {
    name: 'gen_ai.client.inference.operation.output_tokens',
    unit: '{token}',
    buckets: TOKENS
  },
  inputUsage: { name: 'gen_ai.client.inference.usage.input_tokens', unit: '{token}' },
  outputUsage: { name: 'gen_ai.client.inference.usage.output_tokens', unit: '{token}' },
  cacheReadUsage: {
    name: 'gen_ai.client.inference.usage.cache_read.input_tokens',
    unit: '{token}'
  },
  cacheWriteUsage: {
    name: 'gen_ai.client.inference.usage.cache_write.input_tokens',
    unit: '{token}'
  },
  reasoningUsage: { name: 'gen_ai.client.inference.usage.reasoning.output_tokens', unit: '{token}' }
} as const

/** Operations that the conventions count as inference; the others have metrics of their own. */
export const INFERENCE: readonly string[] = ['chat', 'generate_content', 'text_completion']

/** Our names of providers that the conventions name otherwise. */
export const PROVIDERS: { readonly [ours: string]: string } = {
  bedrock: 'aws.bedrock',
  azure: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  google: 'gcp.gemini',
  gemini: 'gcp.gemini',
  'google-genai': 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  moonshot: 'moonshot_ai',
  watsonx: 'ibm.watsonx.ai',
  xai: 'x_ai'
}

/**
 * Names that earlier versions of the conventions had for what is above; `null` where the newer
 * ones have nothing in its place. Spans of other instrumentations are read through this table.
 */
export const RENAMED: { readonly [old: string]: string | null } = {
  'gen_ai.system': 'gen_ai.provider.name',
  'gen_ai.usage.prompt_tokens': 'gen_ai.usage.input_tokens',
  'gen_ai.usage.completion_tokens': 'gen_ai.usage.output_tokens',
  'gen_ai.usage.cache_creation.input_tokens': 'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens': 'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_read_input_tokens': 'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.request.max_output_tokens': 'gen_ai.request.max_tokens',
  'gen_ai.openai.request.seed': 'gen_ai.request.seed',
  'gen_ai.openai.request.response_format': 'gen_ai.output.type',
  'gen_ai.client.operation.time_to_first_chunk': 'gen_ai.client.inference.time_to_first_chunk',
  'gen_ai.client.operation.time_per_output_chunk': 'gen_ai.client.inference.time_per_output_chunk',
  'gen_ai.client.token.usage': null,
  'gen_ai.token.type': null,
  'gen_ai.completion': 'gen_ai.output.messages',
  'gen_ai.prompt': 'gen_ai.input.messages',
  'gen_ai.workflow.name': 'gen_ai.agent.name'
}
