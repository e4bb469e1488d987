import {
  type CallResponse,
  finishOf,
  isObject,
  messageOf,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob,
  withRest
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** What a result repeats of the request, how it was sent, and the SDK's own name of what a provider said. */
const STRUCTURE = ['/request', '/response/headers', '/finishReason/unified']

/**
 * Reads what a language model of the SDK answered: the result of `doGenerate`, or the parts of a
 * stream folded into the same shape, which are `told` then. What neither names nor knows of them is `rest`. Provider
 * interfaces 2, 3 and 4 (AI SDK 5, 6 and 7).
 */
export function readResult(result: unknown, told?: readonly unknown[]): CallResponse {
  // The ids of parts number the blocks that they are pieces of.
  const structure = told === undefined ? STRUCTURE : [...STRUCTURE, '/id']
  return withRest(readKnown(result), told ?? [result], { structure })
}

function readKnown(result: unknown): CallResponse {
  if (!isObject(result)) return {}
  const { content, response, providerMetadata, warnings, error } = result
  const facts = isObject(response) ? response : {}
  const parts = Array.isArray(content) ? content : []
  const finish = finishReason(result.finishReason)
  const usage = readUsage(known(result.usage))
  const reasoning = readReasoning([{ content: parts.map(withMarks) }])
  const { metadata, logprobs } = splitLogprobs(providerMetadata)
  const named = isObject(result.finishReason) && finishReason(result.finishReason.unified)
  const details = {
    // What the SDK calls a reason of its provider that nobody else knows.
    ...(named && finish !== undefined && finishOf(finish) === 'other' && { finishReason: named }),
    ...(isFilled(metadata) && { providerMetadata: metadata }),
    ...(Array.isArray(warnings) && warnings.length > 0 && { warnings })
  }
  return {
    ...(typeof facts.id === 'string' && { id: facts.id }),
    ...(typeof facts.modelId === 'string' && { model: facts.modelId }),
    ...(Array.isArray(content) && { output: content }),
    ...(finish !== undefined && { finishReasons: [finish] }),
    ...(usage && Object.keys(usage).length > 1 && { usage }),
    toolCalls: readToolCalls(parts),
    ...(reasoning && { reasoning }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(Object.keys(details).length > 0 && { details }),
    ...(error !== undefined && { error: errorOf(error) })
  }
}

/**
 * A provider's own reason where the SDK hands it on, or the SDK's name for it. Where the provider
 * gave none the SDK fills in `unknown` or `other`, which says nothing.
 */
function finishReason(value: unknown): string | undefined {
  if (isObject(value)) {
    if (typeof value.raw === 'string') return value.raw
    return finishReason(value.unified)
  }
  if (typeof value !== 'string' || value === 'unknown' || value === 'other') return undefined
  return value
}

/** A part of reasoning with the marks that its provider left in its metadata. */
function withMarks(part: unknown): unknown {
  if (!isObject(part) || part.type !== 'reasoning' || !isObject(part.providerMetadata)) return part
  const marks = Object.assign({}, ...Object.values(part.providerMetadata).filter(isObject))
  return {
    ...part,
    signature: marks.signature ?? marks.thoughtSignature,
    encrypted_content: marks.redactedData ?? marks.reasoningEncryptedContent
  }
}

/** Per-token probabilities, which providers put into their metadata, and the rest of it. */
function splitLogprobs(metadata: unknown): { metadata: unknown; logprobs: TokenLogprob[] } {
  const logprobs: TokenLogprob[] = []
  if (!isObject(metadata)) return { metadata, logprobs }
  const rest = Object.entries(metadata).map(([provider, told]) => {
    if (!isObject(told) || !Array.isArray(told.logprobs)) return [provider, told]
    // One list, or one a text.
    const found = readLogprobs(told.logprobs.flat())
    logprobs.push(...found)
    const { logprobs: _read, ...others } = told
    return [provider, found.length > 0 ? others : told]
  })
  return { metadata: logprobs.length > 0 ? Object.fromEntries(rest) : metadata, logprobs }
}

/** Counts that the SDK knows: those it does not are undefined or NaN. */
function known(value: unknown): unknown {
  if (!isObject(value)) return undefined
  const found = Object.entries(value).flatMap(([name, member]) => {
    const inner = isObject(member) && name !== 'raw' ? known(member) : member
    const isKnown = inner !== undefined && !Number.isNaN(inner) && !isEmpty(inner)
    return isKnown ? [[name, inner] as const] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0
}

function isFilled(value: unknown): value is Fields {
  return isObject(value) && Object.keys(value).length > 0
}

function errorOf(error: unknown): NonNullable<CallResponse['error']> {
  const { name, code } = isObject(error) ? error : {}
  return {
    ...(typeof name === 'string' && { type: name }),
    ...(typeof code === 'string' && { code }),
    message: messageOf(error)
  }
}
