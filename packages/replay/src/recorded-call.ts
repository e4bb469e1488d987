import { isObject, type TokenLogprob } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { joinParts } from './join-parts.ts'
import { restoreMedia } from './restore-media.ts'
import type { Fields, KeptAnswer, KeptRequest } from './writers/writer.ts'

/** What a record kept of the request of its call; `undefined` where it was not read by a protocol. */
export function keptRequest(given: AuditedCall): KeptRequest | undefined {
  const { record, contents } = given
  const call = joinedFields(record.call, contents['header.call'])
  const { protocol, operation, model, stream } = call
  if (typeof protocol !== 'string') return undefined
  return {
    protocol,
    ...(typeof operation === 'string' && { operation }),
    ...(typeof model === 'string' && { model }),
    ...(typeof stream === 'boolean' && { stream }),
    input: restoreMedia(contents.input, given).value,
    ...(contents.tools !== undefined && { tools: contents.tools }),
    settings: joinedFields(record.call?.settings, contents.settings)
  }
}

/** What a record kept of the answer to its call, as far as it came. */
export function keptAnswer(call: AuditedCall): KeptAnswer {
  const { record, contents, receivedAt } = call
  const response = joinedFields(record.response, contents['header.response'])
  const { id, model, fingerprint, finishReasons } = response
  const usage = isObject(response.usage) ? response.usage.raw : undefined
  const { logprobs } = contents
  const output = restoreMedia(contents.output, call)
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof model === 'string' && { model }),
    ...(record.call?.model !== undefined && { asked: record.call.model }),
    ...(typeof fingerprint === 'string' && { fingerprint }),
    output: output.value,
    isWhole: output.isWhole,
    isCut: call.stage !== 'complete',
    logprobs: Array.isArray(logprobs) ? (logprobs as unknown as TokenLogprob[]) : [],
    finishReasons: Array.isArray(finishReasons) ? finishReasons.map(String) : [],
    ...(isObject(usage) && { usage }),
    details: joinedFields(response.details, contents.details),
    ...(contents.rest !== undefined && { rest: contents.rest }),
    at: Date.parse(receivedAt)
  }
}

function joinedFields(facts: unknown, texts: unknown): Fields {
  const joined = joinParts(facts, texts)
  return isObject(joined) ? joined : {}
}
