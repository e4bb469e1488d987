import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob,
  textMember
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** Members of an answer that go to `details`, as answered. */
const DETAILS = ['promptFeedback', 'createTime', 'modelStatus']
/** Members of a candidate that go there, too, in the order of the candidates. */
const OF_CANDIDATES = ['safetyRatings', 'avgLogprobs']

/** Reads an answer, whole or folded, or the error in its place. */
export function readGenerated(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const candidates = (Array.isArray(value.candidates) ? value.candidates : []).filter(isObject)
  const contents = candidates.map(({ content }) => content)
  const logprobs = candidates.flatMap(({ logprobsResult }) => readLogprobsResult(logprobsResult))
  const reasoning = readReasoning(contents)
  const usage = readUsage(value.usageMetadata)
  const error = readError(value.error)
  return {
    ...textMember('id', value.responseId),
    ...textMember('model', value.modelVersion),
    ...(candidates.length > 0 && { output: candidates.map(toOutput) }),
    finishReasons: finishReasonsOf(value, candidates),
    toolCalls: contents.flatMap((content) => readToolCalls(isObject(content) && content.parts)),
    ...(usage && { usage }),
    ...(logprobs.length > 0 ? { logprobs } : meanOf(candidates)),
    ...(reasoning && { reasoning }),
    ...detailsOf(value, candidates),
    ...(error && { error })
  }
}

/** A candidate as answered, without the probabilities, which are a content of their own. */
function toOutput({ logprobsResult: _logprobs, ...candidate }: Fields): Fields {
  return candidate
}

/** A prompt that was blocked has no candidates; what blocked it is why the answer ended. */
function finishReasonsOf({ promptFeedback }: Fields, candidates: readonly Fields[]): string[] {
  const blocked = isObject(promptFeedback) ? promptFeedback.blockReason : undefined
  const reasons = candidates.map(({ finishReason }) => finishReason)
  return [...reasons, ...(candidates.length === 0 ? [blocked] : [])].filter(
    (reason) => typeof reason === 'string'
  )
}

function detailsOf(value: Fields, candidates: readonly Fields[]): Pick<CallResponse, 'details'> {
  const lists = OF_CANDIDATES.map((name) => [name, candidates.map((one) => one[name])] as const)
  const answered = lists.filter(([, list]) => list.some((item) => item !== undefined))
  const { details } = pickDetails({ ...value, ...Object.fromEntries(answered) }, [
    ...DETAILS,
    ...OF_CANDIDATES
  ])
  return details ? { details } : {}
}

/** The mean of several candidates would be nobody's. */
function meanOf(candidates: readonly Fields[]): Pick<CallResponse, 'meanLogprob'> {
  const [only, ...more] = candidates
  const mean = only?.avgLogprobs
  return typeof mean === 'number' && more.length === 0 ? { meanLogprob: mean } : {}
}

function readLogprobsResult(result: unknown): TokenLogprob[] {
  if (!isObject(result) || !Array.isArray(result.chosenCandidates)) return []
  const { chosenCandidates, topCandidates } = result
  return chosenCandidates.flatMap((chosen, at) => {
    const step: unknown = Array.isArray(topCandidates) ? topCandidates[at] : undefined
    const others = isObject(step) && Array.isArray(step.candidates) ? step.candidates : []
    const top = others.flatMap(readToken)
    return readToken(chosen).map((token) => (top.length > 0 ? { ...token, top } : token))
  })
}

function readToken(value: unknown): Omit<TokenLogprob, 'top'>[] {
  if (!isObject(value)) return []
  const { token, logProbability: logprob, tokenId: id } = value
  if (typeof token !== 'string' || typeof logprob !== 'number') return []
  return [{ token, logprob, ...(typeof id === 'number' && { id }) }]
}
