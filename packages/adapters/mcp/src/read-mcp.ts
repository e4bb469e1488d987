import {
  type CallRequest,
  type CallResponse,
  endedBySignal,
  isObject,
  type OpenCall,
  signalOf
} from '@slm-audit/core/adapter'
import { textOf } from '@slm-audit/core/reader'

/** An object's members. */
export type Fields = { readonly [name: string]: unknown }

/** What of a client is used; every Client of the SDK has it. */
export interface McpClient {
  callTool(...args: never[]): unknown
  getServerVersion?(): unknown
}

/** `ErrorCode.RequestTimeout` of the SDK. */
const TIMEOUTS: readonly unknown[] = [-32001, 'REQUEST_TIMEOUT']

/** Reads what a tool is called with. */
export function readToolCall({ name, arguments: input }: Fields, server: Fields): CallRequest {
  return { ...about('tool', 'execute_tool', name, server), ...(input !== undefined && { input }) }
}

/** What a record says of a request to a server. */
export function about(
  kind: string,
  operation: string,
  name: unknown,
  { name: server, version }: Fields
) {
  return {
    kind,
    operation,
    provider: 'mcp',
    name: String(name),
    ...(typeof server === 'string' && {
      server: { name: server, ...(typeof version === 'string' && { version }) }
    })
  }
}

/** A tool's error comes as a result that says so. */
export function readToolResult(result: unknown): CallResponse {
  const { isError, content } = fieldsOf(result)
  if (isError !== true) return { output: result }
  return { output: result, error: { type: 'tool_error', message: textOf(content) } }
}

/** A request that failed: as cancelled where the caller or the clock ended it. */
export function readFailure(error: unknown, options: unknown, call: OpenCall): CallResponse {
  const signal = signalOf(fieldsOf(options).signal)
  if (signal?.aborted) call.cancel(endedBySignal(signal))
  else if (TIMEOUTS.includes(fieldsOf(error).code)) call.cancel('timeout')
  // What a server tells beside the words of its error.
  const { data } = fieldsOf(error)
  return data === undefined ? {} : { rest: { data } }
}

/** What the server said of itself when the client connected. */
export function serverOf(client: McpClient): Fields {
  return fieldsOf(client.getServerVersion?.())
}

/** An object's members; none of what is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}
