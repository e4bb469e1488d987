import {
  count,
  digest,
  type Fields,
  facts,
  flag,
  group,
  id,
  items,
  KEPT,
  list,
  map,
  NEEDED,
  name,
  number,
  path,
  text,
  title
} from './field.ts'

/** `context`: what the application declares to be around a call. */
export const CONTEXT_FIELDS = {
  user: text('a pseudonymous id of the person, not a name or an address', KEPT),
  session: text('id of the session', KEPT),
  conversation: text('id of the conversation', KEPT),
  tenant: text('id of the customer that the call is made for', KEPT),
  groups: list({ is: 'text' }, 'groups that the person belongs to', KEPT),
  tags: map({ is: 'json' }, 'anything else that records are found by, by name')
} as const satisfies Fields

const NAMED: Fields = {
  name: name('its name', NEEDED),
  version: name('its version')
}

/** `call`: the request as sent. Nothing here is a default that nobody sent. */
export const CALL_FIELDS = {
  operation: name('`gen_ai.operation.name`: chat, text_completion, embeddings, …', {
    ...NEEDED,
    ...KEPT
  }),
  provider: name('`gen_ai.provider.name`', { ...NEEDED, ...KEPT }),
  name: name('name of the tool or step'),
  toolCallId: id('the id under which a model asked for the tool'),
  server: group(NAMED, 'what serves a tool or resource, as it names itself', { as: 'Named' }),
  model: title('the model asked for', KEPT),
  protocol: name('the wire format or method that was read', KEPT),
  endpoint: group(
    {
      address: title('host name or address', NEEDED),
      port: count('port, where the address has one'),
      path: path('path; parts that are not of a known interface, and not the model, are `*`')
    },
    'where the request went',
    { as: 'Endpoint' }
  ),
  stream: flag('whether the answer was asked for in pieces', KEPT),
  settings: facts(
    'sampling and other parameters: numbers, switches and known words under known names; the rest is the content `settings`'
  ),
  prompt: group(NAMED, 'a prompt that the provider keeps', { as: 'Named' }),
  tools: list({ is: 'name' }, 'names of the tools offered'),
  client: group(NAMED, 'the client library', { as: 'Named' }),
  source: name('the instrumentation that the record was read from, where it was')
} as const satisfies Fields

const ADAPTER_FIELDS = {
  name: title('name of the adapter'),
  file: title('base name of its file'),
  digest: digest('SHA-256 of its file'),
  scale: number('how much of it is added')
} as const satisfies Fields

/** `model`: the weights and the runtime of a local model: what a bit-exact replay needs. */
export const MODEL_FIELDS = {
  name: title('name, as the weights or the application give it', KEPT),
  file: title('base name of the weights file', KEPT),
  digest: digest('SHA-256 of the weights file', KEPT),
  source: title('where the weights come from: an address or a repository'),
  revision: title('revision of the repository'),
  format: title('format of the weights: gguf, onnx, …'),
  architecture: title('architecture of the network: llama, qwen3, …'),
  parameters: count('number of parameters'),
  quantization: title('how the weights are quantized: Q4_K_M, q4f16, …'),
  contextSize: count('size of the context in tokens'),
  chatTemplateDigest: digest('SHA-256 of the chat template'),
  adapters: list(
    { ...items(ADAPTER_FIELDS, 'ModelAdapter'), isAnyIn1: true },
    'LoRA adapters with their scale'
  ),
  runtime: map({ is: 'title' }, 'versions or builds of the runtime, by name'),
  device: title('what the model ran on'),
  threads: count('number of threads'),
  seed: number('seed of the sampler'),
  files: map({ is: 'title' }, 'digests by file name')
} as const satisfies Fields
