import {
  type CallResponse,
  decodeBase64,
  isObject,
  nonStreaming,
  type Protocol,
  providerOf,
  readEmbeddings,
  readFlatRequest,
  workerModule
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

const PATH = /\/(score|classify|pooling)$/

const OPERATIONS: { readonly [path: string]: string } = {
  score: 'sentence_similarity',
  classify: 'text_classification',
  pooling: 'embeddings'
}

/** Texts, chats, and the two sides of a comparison, as its versions name them. */
const INPUTS = [
  'input',
  'messages',
  'data',
  'text_1',
  'text_2',
  'queries',
  'documents',
  'data_1',
  'data_2',
  'items'
]

/** More would not fit a header; the output has them all. */
const MAX_SCORES = 100

/**
 * What vLLM's server asks of models that write nothing: how alike texts are (`POST /score`), which class each is of
 * (`/classify`), and what a model holds of them (`/pooling`); each also below `/v1`. Scores and classes of one text are
 * the record's confidence.
 *
 * Source: vLLM, "OpenAI-Compatible Server": Score, Classification and Pooling API.
 */
export const vllmPooling: Protocol = {
  name: 'vllm.pooling',
  matches: ({ pathname }, method) => method === 'POST' && PATH.test(pathname),
  readRequest(body, url) {
    const [, path = ''] = PATH.exec(url.pathname) ?? []
    const operation = OPERATIONS[path] ?? 'embeddings'
    return readFlatRequest(body, { operation, provider: providerOf(url, 'vllm'), inputs: INPUTS })
  },
  ...nonStreaming(read),
  workerModule: workerModule(
    () => vllmPooling,
    () => import.meta.resolve('@slm-audit/fetch')
  )
}

/** The items stand as those of embeddings do. */
function read(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const { details, output, ...rest } = readEmbeddings(body)
  const items = Array.isArray(output) ? output.filter(isObject) : []
  const scores = scoresOf(items)
  return {
    ...rest,
    ...(Array.isArray(output) && { output: output.map(decoded) }),
    ...(details?.count !== undefined && { details: { count: details.count } }),
    ...(scores.length > 0 && scores.length <= MAX_SCORES && { scores })
  }
}

/** A score is of a pair, by its place; probabilities are of classes, whose names are not told but for the likeliest. */
function scoresOf(items: readonly Fields[]): NonNullable<CallResponse['scores']> {
  return items.flatMap(({ index, score, label, probs }, at) => {
    if (typeof score === 'number') return [{ label: String(index ?? at), score }]
    const likeliest = Array.isArray(probs) ? Math.max(...probs.map(Number)) : Number.NaN
    if (typeof label !== 'string' || Number.isNaN(likeliest)) return []
    return [{ label: items.length > 1 ? `${at}:${label}` : label, score: likeliest }]
  })
}

/** What is asked for in base64 are bytes. */
function decoded(item: unknown): unknown {
  return isObject(item) && typeof item.data === 'string'
    ? { ...item, data: decodeBase64(item.data) ?? item.data }
    : item
}
