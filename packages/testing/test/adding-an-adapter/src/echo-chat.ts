import type { CallResponse, Protocol } from '@slm-audit/core'
import {
  foldDelta,
  readError,
  readFlatRequest,
  readReasoning,
  readToolCalls,
  readUsage
} from '@slm-audit/core/adapter'
import { isObject } from '@slm-audit/core/journal'

type Fields = { [name: string]: unknown }

/** Members of an event that are texts in pieces. */
const PIECES = new Set(['text', 'arguments'])

/**
 * Echo's chats (`POST /echo`), plain and streamed, with tools.
 *
 * Source: Echo API reference, "Chat".
 */
export const echoChat: Protocol<Fields> = {
  name: 'echo.chat',
  framing: 'ndjson',
  matches: (url, method) => method === 'POST' && url.pathname === '/echo',
  readRequest: (body) =>
    readFlatRequest(body, { operation: 'chat', provider: 'echo', inputs: ['prompt'] }),
  readResponse: read,
  start: () => ({}),
  step(answer, event) {
    if (isObject(event)) foldDelta(answer, event, PIECES)
    return answer
  },
  finish: read
}

function read(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const { usage: counted, stopped, error: failed, ...output } = body
  const usage = readUsage(counted)
  const reasoning = readReasoning([output])
  const error = readError(failed)
  return {
    ...(Object.keys(output).length > 0 && { output }),
    ...(typeof stopped === 'string' && { finishReasons: [stopped] }),
    toolCalls: readToolCalls(output.tool_calls),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...(error && { error })
  }
}
